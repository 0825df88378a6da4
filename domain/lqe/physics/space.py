"""The pymunk space of one world: a cache of its components, rebuilt at every keyframe.

It calls the compiled library inside pymunk, not the objects around it: for what has no public
name there (shape ids that survive a rebuild, the impulses that resting contacts carry from step to
step), and because one call sets what all bodies have. pymunk is pinned exactly because of it.
"""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pymunk._chipmunk_cffi import ffi, lib

from lqe.ecs import Entities, Position, Velocity
from lqe.ecs.changes import Change
from lqe.ecs.columns import ColumnStore
from lqe.ecs.objects import ObjectStore

from .batch import Batch, Ints, Mirror
from .build import Heap, RawBody, make_body, make_joint, make_shape, make_space
from .components import (
    MAX_SHAPES,
    TURNING,
    Body,
    Force,
    Joint,
    Ratchet,
    Rotation,
    SpaceRules,
)
from .impulses import Impulses, adopt_impulses, read_impulses
from .overlaps import Ghost, among_moved, overlapping

_ARBITER_FIELDS = lib.BODY_A_ID | lib.BODY_B_ID | lib.CONTACT_COUNT
Row = list[float]
# Up to here, copying runs of rows is faster than picking rows one by one.
_FEW_RUNS = 6


class Space:
    """Steps the bodies of one world. Everything it knows it can be built from again.

    `dt` is in seconds. Bodies, shapes and joints follow the components through `changed`; the
    Position, Velocity and Rotation columns are filled when somebody reads them after a step.
    """

    def __init__(self, rules: SpaceRules, entities: Entities, dt: float) -> None:
        self._rules = rules
        self._entities = entities
        self._dt = dt
        self._position = Mirror(self._columns(Position), lib.POSITION)
        self._velocity = Mirror(self._columns(Velocity), lib.VELOCITY)
        self._rotation = Mirror(self._columns(Rotation), lib.ANGLE | lib.ANGULAR_VELOCITY)
        self._mirrors = (self._position, self._velocity, self._rotation)
        self._layout = (Body, *[m.store.kind for m in self._mirrors])
        self._forces = self._columns(Force)
        self._position.store.refresh = lambda: self._pull(self._position)
        self._velocity.store.refresh = lambda: self._pull(self._velocity)
        self._rotation.store.refresh = lambda: self._pull(self._rotation)
        self._ids = Batch(lib.BODY_ID)
        self._arbiters = Batch(_ARBITER_FIELDS)
        self._drifting: NDArray[np.int64] | None = None
        self._moved: dict[int, None] = {}
        self.rebuild(Impulses())

    def _columns(self, kind: type[Any]) -> ColumnStore:
        store = self._entities.store(kind)
        assert isinstance(store, ColumnStore)
        return store

    def _objects(self, kind: type[Any]) -> ObjectStore:
        store = self._entities.store(kind)
        assert isinstance(store, ObjectStore)
        return store

    def rebuild(self, impulses: Impulses) -> None:
        """Build the space anew from the components, in id order, with what contacts carry.

        A run that goes on and a run that starts here do exactly this, so both give the same bits.
        """
        for mirror in self._mirrors:
            mirror.store.stale = mirror.store.written = False
        self._moved.clear()
        self._heap = heap = Heap()
        self._raw = make_space(self._rules, heap)
        self._bodies, self._shapes, self._joints = heap.bodies, heap.shapes, heap.joints
        rows = [m.store.values() for m in self._mirrors]
        for entity, body in self._objects(Body).items().items():
            self._add_body(entity, body, *[values[entity] for values in rows])
        for entity, joint in self._objects(Joint).items().items():
            self._add_joint(entity, joint)
        heap.impulses = adopt_impulses(self._raw, self._shapes, impulses, self._dt)
        self._remap()

    def step(self) -> None:
        """Advance every body by one tick."""
        self.push()
        if len(self._forces.ids):
            self._push_forces()
        if self._bodies:
            lib.cpSpaceStep(self._raw, self._dt)
            self._moved.clear()
            for mirror in self._mirrors:
                mirror.store.stale = True
        if self._drifting is not None:
            self._drift(self._drifting)

    def touching(self) -> Ints:
        """Return rows of (entity, entity, contacts) as the last step found them, in no order.

        Rows with no contacts are of pairs that parted lately, or of sensors. The array is valid
        until the next read.
        """
        return self._arbiters.ints(self._raw, arbiters=True).reshape(-1, 3)

    def impulses(self) -> Impulses:
        """Return what resting contacts carry into the next step."""
        return read_impulses(self._raw)

    def push(self) -> None:
        """Carry rows that systems wrote over to their bodies; refuse NaN and infinity."""
        for mirror in self._mirrors:
            store = mirror.store
            if not store.written:
                continue
            store.written = False
            store.check()
            if not self._bodies:
                continue
            assert store.block is not None
            values, wanted = self._read(mirror), store.block[mirror.rows]
            first, second = (values != wanted).T
            changed = first | second
            if mirror is self._velocity:
                np.copyto(values, wanted, where=changed[:, None])
                mirror.batch.write(self._raw)
                continue
            for entity in sorted(store.ids[mirror.rows[changed]].tolist()):
                self._place(entity, mirror)

    def pull(self) -> None:
        """Bring the components up to date with the bodies and joints."""
        for mirror in self._mirrors:
            mirror.store.fresh()
        self._save_latches()

    def changed(self, changes: Iterable[Change]) -> list[int]:
        """Follow structural changes that took effect; return joints that tie nothing any more."""
        touched: dict[int, set[type]] = {}
        moved = False
        for change in changes:
            kinds = touched.setdefault(change.entity, set())
            kinds.update(type(c) for c in change.components)
            kinds.update((Body, Joint) if change.despawned else change.removed)
        for entity, kinds in touched.items():
            self._follow(entity, kinds)
            moved = moved or not kinds.isdisjoint(self._layout)
        joints = self._objects(Joint).items()
        for entity in joints:
            if entity not in self._joints:
                self._add_joint(entity, joints[entity])
        if moved:
            self._remap()
        return [entity for entity in joints if entity not in self._joints]

    def _follow(self, entity: int, kinds: set[type]) -> None:
        """Bring an entity's body in line with its components, of which `kinds` have changed."""
        if Joint in kinds:
            self._remove_joint(entity)
        if Body in kinds:
            self._remove_body(entity)
            if self._entities.has(entity, Body):
                rows = [self._row(entity, mirror) for mirror in self._mirrors]
                self._add_body(entity, self._entities.get(entity, Body), *rows)
        elif entity in self._bodies:
            for mirror in self._mirrors:
                if mirror.store.kind in kinds:
                    self._place(entity, mirror)

    def overlapping(self, entity: int) -> list[int]:
        """Return the entities whose shapes overlap this one's now, sensors included, sorted."""
        shapes = self._shapes.get(entity, [])
        moved = self._moved_now() if shapes else {}
        if entity in moved:
            ghost = Ghost(self.body_of(entity), self.place_of(entity))
            shapes = ghost.shapes
        found = overlapping(self._raw, shapes, self._shapes, moved)
        if moved:
            found |= among_moved(self, entity, shapes, moved)
        found.pop(entity, None)
        return sorted(found)

    def body_of(self, entity: int) -> Body:
        """Return an entity's body, as it was declared."""
        body: Body = self._objects(Body).rows[entity]
        return body

    def place_of(self, entity: int) -> tuple[float, float, float]:
        """Return where an entity is: x, y and its angle."""
        position, rotation = (m.store for m in (self._position, self._rotation))
        position.fresh()
        rotation.fresh()
        x, y = self._row(entity, self._position)
        return x, y, self._row(entity, self._rotation)[0]

    def _moved_now(self) -> dict[int, None]:
        """Return the bodies that were moved since the last step, in the space or by a row alone."""
        moved = dict(self._moved)
        for mirror in (self._position, self._rotation):
            store = mirror.store
            if store.written and self._bodies:
                assert store.block is not None
                store.check()
                differs = (self._read(mirror) != store.block[mirror.rows]).any(axis=1)
                moved |= dict.fromkeys(store.ids[mirror.rows[differs]].tolist())
        return moved

    def _place(self, entity: int, mirror: Mirror) -> None:
        """Set a body in the space to what its row says."""
        self._set(self._bodies[entity], mirror, self._row(entity, mirror))
        if mirror is not self._velocity:
            self._moved[entity] = None

    def _save_latches(self) -> None:
        """Write each ratchet's present latch back into its component."""
        store = self._objects(Joint)
        for entity, constraint in self._joints.items():
            joint = store.rows[entity]
            if isinstance(joint.kind, Ratchet):
                kind = joint.kind
                latch = lib.cpRatchetJointGetAngle(constraint)
                store.put(entity, Joint(a=joint.a, b=joint.b, kind=_with_latch(kind, float(latch))))

    def _add_body(
        self, entity: int, body: Body, position: Row, velocity: Row, rotation: Row
    ) -> None:
        made = self._bodies[entity] = make_body(body)
        lib.cpBodySetUserData(made, ffi.cast("void *", entity))
        for mirror, row in zip(self._mirrors, (position, velocity, rotation), strict=True):
            self._set(made, mirror, row)
        lib.cpSpaceAddBody(self._raw, made)
        label = self._heap.labels[entity] = ffi.new_handle(entity)
        shapes = self._shapes[entity] = [make_shape(made, s) for s in body.shapes]
        for ordinal, shape in enumerate(shapes):
            lib.cpShapeSetUserData(shape, label)
            lib.cpSpaceSetShapeIDCounter(self._raw, entity * MAX_SHAPES + ordinal)
            lib.cpSpaceAddShape(self._raw, shape)

    def _remove_body(self, entity: int) -> None:
        body = self._bodies.get(entity)
        if body is None:
            return
        for joint, made in sorted(self._joints.items()):
            if body in (lib.cpConstraintGetBodyA(made), lib.cpConstraintGetBodyB(made)):
                self._remove_joint(joint)
        for shape in self._shapes.pop(entity):
            lib.cpSpaceRemoveShape(self._raw, shape)
            lib.cpShapeFree(shape)
        lib.cpSpaceRemoveBody(self._raw, body)
        lib.cpBodyFree(body)
        self._moved.pop(entity, None)
        del self._bodies[entity], self._heap.labels[entity]

    def _add_joint(self, entity: int, joint: Joint) -> None:
        a, b = self._bodies.get(joint.a), self._bodies.get(joint.b)
        if a is None or b is None or a is b:
            return
        if lib.CP_BODY_TYPE_DYNAMIC not in (lib.cpBodyGetType(a), lib.cpBodyGetType(b)):
            return
        locked = math.isinf(lib.cpBodyGetMoment(a)) and math.isinf(lib.cpBodyGetMoment(b))
        if isinstance(joint.kind, TURNING) and locked:
            return
        self._joints[entity] = constraint = make_joint(a, b, joint.kind)
        lib.cpSpaceAddConstraint(self._raw, constraint)

    def _remove_joint(self, entity: int) -> None:
        constraint = self._joints.pop(entity, None)
        if constraint is not None:
            lib.cpSpaceRemoveConstraint(self._raw, constraint)
            lib.cpConstraintFree(constraint)

    def _row(self, entity: int, mirror: Mirror) -> Row:
        block = mirror.store.block
        assert block is not None
        row: Row = block[mirror.store.row(entity)].tolist()
        return row

    def _set(self, body: RawBody, mirror: Mirror, row: Row) -> None:
        if mirror is self._position:
            lib.cpBodySetPosition(body, row)
        elif mirror is self._velocity:
            lib.cpBodySetVelocity(body, row)
            return
        else:
            lib.cpBodySetAngle(body, row[0])
            lib.cpBodySetAngularVelocity(body, row[1])
        if lib.cpBodyGetType(body) == lib.CP_BODY_TYPE_STATIC and lib.cpBodyGetSpace(body):
            lib.cpSpaceReindexShapesForBody(self._raw, body)

    def _push_forces(self) -> None:
        block = self._forces.block
        assert block is not None
        for row in np.flatnonzero(block.any(axis=1)).tolist():
            body = self._bodies.get(int(self._forces.ids[row]))
            if body is not None:
                fx, fy, torque = block[row].tolist()
                lib.cpBodySetForce(body, (fx, fy))
                lib.cpBodySetTorque(body, torque)

    def _remap(self) -> None:
        order = self._ids.ints(self._raw, arbiters=False).astype(np.int64)
        first = self._position
        for mirror in self._mirrors:
            if mirror is not first and mirror.store.lines_up_with(first.store):
                mirror.rows, mirror.runs = first.rows, first.runs
                continue
            mirror.rows = np.searchsorted(mirror.store.ids, order)
            mirror.runs = _runs(mirror.rows)
        self._drifting = None
        moving = self._velocity.store.ids
        if len(moving) > len(self._bodies):
            loose = moving[~np.isin(moving, order)]
            loose = loose[np.isin(loose, self._position.store.ids)]
            self._drifting = loose if len(loose) else None

    def _read(self, mirror: Mirror) -> NDArray[np.float64]:
        """Return what bodies have now, a row a body; the array is valid until the next read."""
        return mirror.batch.floats(self._raw).reshape(-1, 2)

    def _pull(self, mirror: Mirror) -> None:
        values = self._read(mirror)
        block = mirror.store.block
        assert block is not None
        if len(mirror.runs) > _FEW_RUNS:
            block[mirror.rows] = values
            return
        for source, target in mirror.runs:
            block[target] = values[source]

    def _drift(self, loose: NDArray[np.int64]) -> None:
        """Move entities that have Position and Velocity and no Body."""
        position, velocity = self._position.store, self._velocity.store
        assert position.block is not None
        assert velocity.block is not None
        at = np.searchsorted(position.ids, loose)
        moved = velocity.block[np.searchsorted(velocity.ids, loose)] * self._dt
        position.block[at] += moved


def _runs(rows: NDArray[np.int64]) -> list[tuple[slice, slice]]:
    """Return where consecutive bodies go to consecutive rows, as (bodies, rows) slices."""
    if not len(rows):
        return []
    breaks = (np.flatnonzero(rows[1:] - rows[:-1] != 1) + 1).tolist()
    starts, stops = [0, *breaks], [*breaks, len(rows)]
    return [
        (slice(a, b), slice(int(rows[a]), int(rows[a]) + b - a))
        for a, b in zip(starts, stops, strict=True)
    ]


def _with_latch(kind: Ratchet, latch: float) -> Ratchet:
    return Ratchet(
        phase=kind.phase,
        ratchet=kind.ratchet,
        latch=latch,
        max_force=kind.max_force,
        collide=kind.collide,
    )
