"""pymunk objects made from components, with nothing left to a default that could change."""

import math
from types import MappingProxyType
from typing import Any, Final

import pymunk
from pymunk._chipmunk_cffi import lib

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
    Spring,
)

_KINDS: Final = MappingProxyType(
    {
        "dynamic": pymunk.Body.DYNAMIC,
        "kinematic": pymunk.Body.KINEMATIC,
        "static": pymunk.Body.STATIC,
    }
)


def make_body(body: Body) -> pymunk.Body:
    """Return a pymunk body; an absent moment locks its rotation."""
    if body.kind != "dynamic":
        return pymunk.Body(body_type=_KINDS[body.kind])
    return pymunk.Body(body.mass, math.inf if body.moment is None else body.moment)


def make_shape(body: pymunk.Body, shape: Shape) -> pymunk.Shape:
    """Return a pymunk shape on `body`."""
    made: pymunk.Shape
    if isinstance(shape, Circle):
        made = pymunk.Circle(body, shape.radius, (shape.x, shape.y))
    elif isinstance(shape, Segment):
        ends = (shape.x1, shape.y1), (shape.x2, shape.y2)
        made = pymunk.Segment(body, *ends, shape.radius)
    else:
        made = pymunk.Poly(body, list(shape.corners), radius=shape.radius)
    made.friction = shape.friction
    made.elasticity = shape.elasticity
    made.sensor = shape.sensor
    made.filter = pymunk.ShapeFilter(shape.group, shape.category, shape.touches)
    return made


def make_joint(a: pymunk.Body, b: pymunk.Body, kind: JointKind) -> pymunk.Constraint:
    """Return a pymunk constraint between two bodies, every parameter set outright."""
    made: pymunk.Constraint = _make(a, b, kind)
    if kind.max_force is not None:
        made.max_force = kind.max_force
    made.collide_bodies = kind.collide
    return made


def _make(a: pymunk.Body, b: pymunk.Body, kind: JointKind) -> Any:  # noqa: PLR0911 - a case a kind
    if isinstance(kind, Pin):
        pin = pymunk.PinJoint(a, b, kind.anchor_a, kind.anchor_b)
        pin.distance = kind.distance
        return pin
    if isinstance(kind, Slide):
        return pymunk.SlideJoint(a, b, kind.anchor_a, kind.anchor_b, kind.least, kind.most)
    if isinstance(kind, Pivot):
        return pymunk.PivotJoint(a, b, kind.anchor_a, kind.anchor_b)
    if isinstance(kind, Groove):
        return pymunk.GrooveJoint(a, b, kind.groove_a, kind.groove_b, kind.anchor_b)
    if isinstance(kind, Spring):
        return pymunk.DampedSpring(
            a, b, kind.anchor_a, kind.anchor_b, kind.rest_length, kind.stiffness, kind.damping
        )
    if isinstance(kind, RotarySpring):
        return pymunk.DampedRotarySpring(a, b, kind.rest_angle, kind.stiffness, kind.damping)
    if isinstance(kind, RotaryLimit):
        return pymunk.RotaryLimitJoint(a, b, kind.least, kind.most)
    if isinstance(kind, Gear):
        return pymunk.GearJoint(a, b, kind.phase, kind.ratio)
    if isinstance(kind, Ratchet):
        ratchet = pymunk.RatchetJoint(a, b, kind.phase, kind.ratchet)
        lib.cpRatchetJointSetAngle(ratchet._constraint, kind.latch)  # noqa: SLF001
        return ratchet
    assert isinstance(kind, Motor)
    return pymunk.SimpleMotor(a, b, kind.rate)
