"""The impulses that resting contacts carry from one step to the next, as plain values.

A solver starts each step from the impulses of the step before. A rebuild without them shakes
every stack in the world a little at each keyframe; with them it is not noticed.
"""

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from pymunk._chipmunk_cffi import ffi, lib

from .build import RawShape, RawSpace
from .components import MAX_SHAPES

# Chipmunk keeps a parted pair for this many steps; beyond it, its contact buffer is used again.
_PERSISTENCE = 3


class Impulses(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row a contact, sorted: both shapes' ids, the contact's id, its two impulses.

    A shape's id is its entity times 64 plus its place in the body. All little-endian bytes:
    `shapes` and `contacts` whole numbers of 64 bits, `amounts` pairs (normal, tangent) of floats.
    """

    shapes: bytes = b""
    contacts: bytes = b""
    amounts: bytes = b""


def read_impulses(space: RawSpace) -> Impulses:
    """Return the impulses of every pair that touched in the last step."""
    rows: list[tuple[int, int, int, int, float, float]] = []
    shape_id = lib.cpShapeGetHashID
    arbiters: list[Any] = []
    lib.cpSpaceEachCachedArbiter(space, lib.ext_cpArbiterIteratorFunc, ffi.new_handle(arbiters))
    for arbiter in arbiters:
        if arbiter.state == lib.CP_ARBITER_STATE_CACHED or not arbiter.count:
            continue
        a, b = int(shape_id(arbiter.a)), int(shape_id(arbiter.b))
        first, second = (a, b) if a < b else (b, a)
        for i in range(arbiter.count):
            contact = arbiter.contacts[i]
            rows.append((first, second, i, contact.hash, contact.jnAcc, contact.jtAcc))
    rows.sort()
    shapes = np.array([r[:2] for r in rows], "<i8")
    contacts = np.array([r[3] for r in rows], "<u8")
    amounts = np.array([r[4:] for r in rows], "<f8") + 0.0
    return Impulses(shapes.tobytes(), contacts.tobytes(), amounts.tobytes())


def adopt_impulses(
    raw: RawSpace, shapes: dict[int, list[RawShape]], impulses: Impulses, dt: float
) -> Any:
    """Give a new space the impulses; return memory that must live as long as the space.

    Pairs of shapes that are no longer there are left out.
    """
    pairs = np.frombuffer(impulses.shapes, "<i8").reshape(-1, 2)
    groups = _by_pair(pairs)
    ids = np.frombuffer(impulses.contacts, "<u8").tolist()
    amounts = np.frombuffer(impulses.amounts, "<f8").reshape(-1, 2).tolist()
    contacts = ffi.new("struct cpContact[]", max(1, len(ids)))
    arbiters = ffi.new("cpArbiter[]", max(1, len(groups)))
    stamp = 0
    used = []
    for place, (first, second, start, stop) in enumerate(groups):
        a, b = _shape(shapes, first), _shape(shapes, second)
        if a is None or b is None:
            continue
        arbiter = lib.cpArbiterInit(ffi.addressof(arbiters, place), a, b)
        stamp += _PERSISTENCE + 1
        lib.cpSpaceSetTimestamp(raw, stamp)
        lib.cpSpaceAddCachedArbiter(raw, arbiter)
        for i in range(start, stop):
            contact = contacts[i]
            contact.hash = ids[i]
            contact.jnAcc, contact.jtAcc = amounts[i]
        arbiter.contacts = ffi.addressof(contacts, start)
        arbiter.count = stop - start
        arbiter.state = lib.CP_ARBITER_STATE_NORMAL
        used.append(arbiter)
    for arbiter in used:
        arbiter.stamp = stamp
    lib.cpSpaceSetCurrentTimeStep(raw, dt)
    return contacts, arbiters


def _by_pair(pairs: NDArray[np.int64]) -> list[tuple[int, int, int, int]]:
    """Return (shape, shape, first row, row after the last) of each run of equal rows."""
    if not len(pairs):
        return []
    starts = np.flatnonzero(np.r_[True, (pairs[1:] != pairs[:-1]).any(axis=1)])
    stops = np.r_[starts[1:], len(pairs)]
    heads = pairs[starts].tolist()
    return [
        (a, b, start, stop)
        for (a, b), start, stop in zip(heads, starts.tolist(), stops.tolist(), strict=True)
    ]


def _shape(shapes: dict[int, list[RawShape]], shape_id: int) -> RawShape | None:
    entity, ordinal = divmod(shape_id, MAX_SHAPES)
    of_entity = shapes.get(entity, [])
    return of_entity[ordinal] if ordinal < len(of_entity) else None
