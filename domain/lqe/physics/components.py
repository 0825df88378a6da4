"""Bodies, shapes and joints as components: the whole of what physics knows, in plain values."""

import math
from typing import Literal

import msgspec

from lqe.ecs import Column, Fixed

MAX_SHAPES = 64


class Rotation(Column, frozen=True):
    """Where a body is turned to (radians) and how fast it turns (radians a second)."""

    angle: float = 0.0
    spin: float = 0.0


class Force(Column, frozen=True):
    """A force (fx, fy) at the centre and a torque, applied anew at every step until changed."""

    fx: float = 0.0
    fy: float = 0.0
    torque: float = 0.0


class Surface(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every shape has: how it feels and what it touches.

    Two shapes touch unless they share a non-zero `group`, or either one's `category` bits are
    outside the other's `touches` mask. A `sensor` is felt by queries and collides with nothing.
    """

    friction: float = 0.5
    elasticity: float = 0.0
    sensor: bool = False
    group: int = 0
    category: int = 0xFFFFFFFF
    touches: int = 0xFFFFFFFF


class Circle(Surface, frozen=True, tag="circle"):
    """A disc of `radius` around `x`, `y` in the body's own coordinates."""

    radius: float
    x: float = 0.0
    y: float = 0.0


class Segment(Surface, frozen=True, tag="segment"):
    """A line from (x1, y1) to (x2, y2), thickened by `radius` on each side."""

    x1: float
    y1: float
    x2: float
    y2: float
    radius: float = 0.0


class Polygon(Surface, frozen=True, tag="polygon"):
    """The convex hull of `corners`, with its edges rounded by `radius`."""

    corners: tuple[tuple[float, float], ...]
    radius: float = 0.0


Shape = Circle | Segment | Polygon


def box(width: float, height: float, *, radius: float = 0.0, friction: float = 0.5) -> Polygon:
    """Return a rectangle around the body's centre."""
    x, y = width / 2, height / 2
    corners = ((-x, -y), (x, -y), (x, y), (-x, y))
    return Polygon(corners=corners, radius=radius, friction=friction)


class Body(Fixed, frozen=True):
    """Makes an entity a physical thing; it then has Position, Velocity and Rotation as well.

    `moment` None locks the rotation. A locked body never meets the processor's sine and cosine,
    so its bits are the same on every machine; turn things only where the game needs it.
    """

    shapes: tuple[Shape, ...] = ()
    kind: Literal["dynamic", "kinematic", "static"] = "dynamic"
    mass: float = 1.0
    moment: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.mass < math.inf:
            raise ValueError(f"a body's mass must be above 0 and finite, got {self.mass}")
        if self.moment is not None and not 0 < self.moment < math.inf:
            raise ValueError(
                f"a body's moment must be above 0 and finite, or None to lock its rotation; "
                f"got {self.moment}"
            )
        if len(self.shapes) > MAX_SHAPES:
            raise ValueError(f"a body has at most {MAX_SHAPES} shapes, got {len(self.shapes)}")


class JointBase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every joint has. All parameters are explicit: none is derived from present positions."""

    max_force: float | None = None
    collide: bool = True


class Pin(JointBase, frozen=True, tag="pin"):
    """Keeps two anchors at `distance`."""

    distance: float
    anchor_a: tuple[float, float] = (0.0, 0.0)
    anchor_b: tuple[float, float] = (0.0, 0.0)


class Slide(JointBase, frozen=True, tag="slide"):
    """Keeps two anchors between `least` and `most` apart."""

    least: float
    most: float
    anchor_a: tuple[float, float] = (0.0, 0.0)
    anchor_b: tuple[float, float] = (0.0, 0.0)


class Pivot(JointBase, frozen=True, tag="pivot"):
    """Keeps two anchors together."""

    anchor_a: tuple[float, float] = (0.0, 0.0)
    anchor_b: tuple[float, float] = (0.0, 0.0)


class Groove(JointBase, frozen=True, tag="groove"):
    """Lets an anchor of b slide along a groove of a."""

    groove_a: tuple[float, float]
    groove_b: tuple[float, float]
    anchor_b: tuple[float, float] = (0.0, 0.0)


class Spring(JointBase, frozen=True, tag="spring"):
    """Pulls two anchors towards `rest_length`."""

    rest_length: float
    stiffness: float
    damping: float
    anchor_a: tuple[float, float] = (0.0, 0.0)
    anchor_b: tuple[float, float] = (0.0, 0.0)


class RotarySpring(JointBase, frozen=True, tag="rotary_spring"):
    """Turns two bodies towards `rest_angle` between them."""

    rest_angle: float
    stiffness: float
    damping: float


class RotaryLimit(JointBase, frozen=True, tag="rotary_limit"):
    """Keeps the angle between two bodies between `least` and `most`."""

    least: float
    most: float


class Ratchet(JointBase, frozen=True, tag="ratchet"):
    """Lets two bodies turn one way only; `latch` is where it last clicked, and is state."""

    phase: float
    ratchet: float
    latch: float = 0.0


class Gear(JointBase, frozen=True, tag="gear"):
    """Keeps the angular velocity ratio of two bodies."""

    phase: float
    ratio: float


class Motor(JointBase, frozen=True, tag="motor"):
    """Keeps the relative angular velocity of two bodies at `rate`."""

    rate: float


# Joints that work on angles alone: between two bodies that cannot turn they would divide by zero.
TURNING = (RotarySpring, RotaryLimit, Ratchet, Gear, Motor)

JointKind = (
    Pin | Slide | Pivot | Groove | Spring | RotarySpring | RotaryLimit | Ratchet | Gear | Motor
)


class Joint(Fixed, frozen=True):
    """Ties the bodies of entities `a` and `b`; it goes when either of them goes."""

    a: int
    b: int
    kind: JointKind


class SpaceRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a scenario's physics behaves; part of its rules, the same for a world's whole range.

    `contacts` asks for touching pairs; a pair ends after `contact_hold` ticks without touch.
    """

    gravity: tuple[float, float] = (0.0, 0.0)
    damping: float = 1.0
    iterations: int = 10
    slop: float = 0.1
    contacts: bool = False
    contact_hold: int = 6
