"""Which shapes overlap as the components say now. Asking leaves no trace: no body or shape changes.

The library keeps where shapes are as of the last step, and as of whoever asked since. For what was
moved since, shapes are made that are in no space, and held against the others.
"""

import math
from collections.abc import Collection, Mapping
from typing import Any, Protocol

from pymunk._chipmunk_cffi import ffi, lib

from .build import RawShape, RawSpace, make_shape
from .components import Body, Circle, Segment, Shape

# Reaches are compared generously: who is left out must be out of reach whatever the rounding.
_SLACK = 1.0 + 1e-6
Place = tuple[float, float, float]


class Placed(Protocol):
    """What is asked about: bodies by entity, and where they are."""

    def body_of(self, entity: int) -> Body:
        """Return an entity's body."""

    def place_of(self, entity: int) -> Place:
        """Return where an entity is: x, y and its angle."""


class Ghost:
    """The shapes of one body where its components say, apart from any space."""

    def __init__(self, body: Body, place: Place) -> None:
        # A kind that nothing moves: it is only looked at.
        self._body = ffi.gc(lib.cpBodyNewStatic(), lib.cpBodyFree)
        x, y, angle = place
        lib.cpBodySetPosition(self._body, (x, y))
        lib.cpBodySetAngle(self._body, angle)
        self.shapes = [ffi.gc(make_shape(self._body, s), lib.cpShapeFree) for s in body.shapes]
        for shape in self.shapes:
            lib.cpShapeCacheBB(shape)


def reach(body: Body) -> float:
    """Return how far from its place a body's shapes come at most, a little more for rounding."""
    return max((_reach(shape) for shape in body.shapes), default=0.0) * _SLACK


def overlapping(
    space: RawSpace,
    shapes: Collection[RawShape],
    others: Mapping[int, Collection[RawShape]],
    moved: Collection[int],
) -> dict[int, None]:
    """Return the entities in a space that some shapes overlap, but those that were moved.

    What the space's own tree finds is looked at again: its leaves are larger than their shapes, by
    what they have been through, and for segments in one line the library takes near for touching.
    """
    found: dict[int, None] = {}
    for shape in shapes:
        hits: list[Any] = []
        asked = ffi.new_handle((None, hits))
        lib.cpSpaceShapeQuery(space, shape, lib.ext_cpSpaceShapeQueryFunc, asked)
        found |= {hit.shape: None for hit in hits if hit.shape not in moved}
    return {entity: None for entity in found if _meet(shapes, others[entity])}


def among_moved(
    placed: Placed, entity: int, shapes: Collection[RawShape], moved: Collection[int]
) -> dict[int, None]:
    """Return the moved entities whose shapes overlap those of an entity."""
    x, y, _ = placed.place_of(entity)
    far = reach(placed.body_of(entity))
    found: dict[int, None] = {}
    for other in moved:
        body, place = placed.body_of(other), placed.place_of(other)
        near = (far + reach(body)) * _SLACK
        if abs(place[0] - x) > near or abs(place[1] - y) > near:
            continue
        ghost = Ghost(body, place)  # kept till it was looked at: its shapes are on its body
        if _meet(shapes, ghost.shapes):
            found[other] = None
    return found


def _reach(shape: Shape) -> float:
    if isinstance(shape, Circle):
        return math.hypot(shape.x, shape.y) + shape.radius
    if isinstance(shape, Segment):
        ends = (shape.x1, shape.y1), (shape.x2, shape.y2)
    else:
        ends = shape.corners  # type: ignore[assignment]
    return max(math.hypot(*end) for end in ends) + shape.radius


def _meet(shapes: Collection[RawShape], others: Collection[RawShape]) -> bool:
    """Say whether one of some shapes overlaps one of others, as their filters let them."""
    return any(
        _are_near(own, other)
        and not _filtered(own, other)
        and lib.cpShapesCollide(own, other).count
        for own in shapes
        for other in others
    )


def _are_near(one: RawShape, other: RawShape) -> bool:
    """Say whether the boxes around two shapes overlap."""
    a, b = lib.cpShapeGetBB(one), lib.cpShapeGetBB(other)
    return bool(a.l <= b.r and b.l <= a.r and a.b <= b.t and b.b <= a.t)


def _filtered(one: RawShape, other: RawShape) -> bool:
    """Say whether two shapes' filters keep them apart, as the library's own queries do."""
    a, b = lib.cpShapeGetFilter(one), lib.cpShapeGetFilter(other)
    if a.group and a.group == b.group:
        return True
    return not a.categories & b.mask or not b.categories & a.mask
