"""Spaces, bodies, shapes and joints of the compiled library, made from components.

Nothing is left to a default that could change. Everything is made by the library itself: the
objects that pymunk wraps around it cost five times as much, and every keyframe makes them all.
"""

import math
from typing import Any

from pymunk._chipmunk_cffi import ffi, lib

from .components import (
    Body,
    Circle,
    Gear,
    Groove,
    JointKind,
    Motor,
    Pin,
    Pivot,
    Ratchet,
    RotaryLimit,
    RotarySpring,
    Segment,
    Shape,
    Slide,
    SpaceRules,
    Spring,
)

# Pointers into the compiled library, which has no types of its own.
RawSpace = Any
RawBody = Any
RawShape = Any
RawJoint = Any

_AS_THEY_ARE = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Heap:
    """What one space is made of, by entity: memory of the compiled library, freed with the space.

    `labels` are what shapes are known by in queries, and `impulses` is memory that the contacts of
    a new space use; the library knows them by address only.
    """

    def __init__(self) -> None:
        self.bodies: dict[int, RawBody] = {}
        self.shapes: dict[int, list[RawShape]] = {}
        self.joints: dict[int, RawJoint] = {}
        self.labels: dict[int, Any] = {}
        self.impulses: Any = None

    def free(self, space: RawSpace, lib: Any = lib) -> None:
        """Free the space and all that is in it; nothing may use them any more."""
        lib.cpSpaceFree(space)
        for joint in self.joints.values():
            lib.cpConstraintFree(joint)
        for shapes in self.shapes.values():
            for shape in shapes:
                lib.cpShapeFree(shape)
        for body in self.bodies.values():
            lib.cpBodyFree(body)


def make_space(rules: SpaceRules, heap: Heap) -> RawSpace:
    """Return a new space; when nobody has it any more, it is freed with everything in `heap`."""
    made = lib.cpSpaceNew()
    lib.cpSpaceSetGravity(made, rules.gravity)
    lib.cpSpaceSetDamping(made, rules.damping)
    lib.cpSpaceSetIterations(made, rules.iterations)
    lib.cpSpaceSetCollisionSlop(made, rules.slop)
    return ffi.gc(made, heap.free)


def make_body(body: Body) -> RawBody:
    """Return a new body; an absent moment locks its rotation."""
    if body.kind == "static":
        return lib.cpBodyNewStatic()
    if body.kind == "kinematic":
        return lib.cpBodyNewKinematic()
    return lib.cpBodyNew(body.mass, math.inf if body.moment is None else body.moment)


def make_shape(body: RawBody, shape: Shape) -> RawShape:
    """Return a new shape on `body`."""
    if isinstance(shape, Circle):
        made = lib.cpCircleShapeNew(body, shape.radius, (shape.x, shape.y))
    elif isinstance(shape, Segment):
        ends = (shape.x1, shape.y1), (shape.x2, shape.y2)
        made = lib.cpSegmentShapeNew(body, *ends, shape.radius)
    else:
        corners = shape.corners
        made = lib.cpPolyShapeNew(body, len(corners), corners, _AS_THEY_ARE, shape.radius)
    lib.cpShapeSetFriction(made, shape.friction)
    lib.cpShapeSetElasticity(made, shape.elasticity)
    lib.cpShapeSetSensor(made, shape.sensor)
    lib.cpShapeSetFilter(made, (shape.group, shape.category, shape.touches))
    return made


def make_joint(a: RawBody, b: RawBody, kind: JointKind) -> RawJoint:
    """Return a new joint between two bodies, every parameter set outright."""
    made = _make(a, b, kind)
    if kind.max_force is not None:
        lib.cpConstraintSetMaxForce(made, kind.max_force)
    lib.cpConstraintSetCollideBodies(made, kind.collide)
    return made


def _make(a: RawBody, b: RawBody, kind: JointKind) -> RawJoint:  # noqa: PLR0911 - a case a kind
    if isinstance(kind, Pin):
        pin = lib.cpPinJointNew(a, b, kind.anchor_a, kind.anchor_b)
        lib.cpPinJointSetDist(pin, kind.distance)
        return pin
    if isinstance(kind, Slide):
        return lib.cpSlideJointNew(a, b, kind.anchor_a, kind.anchor_b, kind.least, kind.most)
    if isinstance(kind, Pivot):
        return lib.cpPivotJointNew2(a, b, kind.anchor_a, kind.anchor_b)
    if isinstance(kind, Groove):
        return lib.cpGrooveJointNew(a, b, kind.groove_a, kind.groove_b, kind.anchor_b)
    if isinstance(kind, Spring):
        spring = kind.rest_length, kind.stiffness, kind.damping
        return lib.cpDampedSpringNew(a, b, kind.anchor_a, kind.anchor_b, *spring)
    if isinstance(kind, RotarySpring):
        return lib.cpDampedRotarySpringNew(a, b, kind.rest_angle, kind.stiffness, kind.damping)
    if isinstance(kind, RotaryLimit):
        return lib.cpRotaryLimitJointNew(a, b, kind.least, kind.most)
    if isinstance(kind, Gear):
        return lib.cpGearJointNew(a, b, kind.phase, kind.ratio)
    if isinstance(kind, Ratchet):
        ratchet = lib.cpRatchetJointNew(a, b, kind.phase, kind.ratchet)
        lib.cpRatchetJointSetAngle(ratchet, kind.latch)
        return ratchet
    assert isinstance(kind, Motor)
    return lib.cpSimpleMotorNew(a, b, kind.rate)
