"""Bodies, shapes and joints as components: the whole of what physics knows, in plain values."""

from typing import Literal

import msgspec

from lqe.ecs import Column, Fixed

MAX_SHAPES = 64


_LEAST = 1e-9
_MOST = 1e12
_BITS = 0xFFFFFFFF


def _need(name: str, value: float, least: float, most: float = _MOST) -> None:
    """Refuse a parameter with which the solver would divide by zero, overflow or give up."""
    if not least <= value <= most:
        raise ValueError(f"{name} must be from {least:g} to {most:g}, got {value:g}")


def _need_within(*numbers: float) -> None:
    for number in numbers:
        _need("a coordinate", number, -_MOST)


def _spans_an_area(corners: tuple[tuple[float, float], ...]) -> bool:
    """Say whether some corner is off the line through the first two different ones."""
    x0, y0 = corners[0] if corners else (0.0, 0.0)
    arms = [(x - x0, y - y0) for x, y in corners]
    return any(abs(ax * by - ay * bx) > _LEAST for ax, ay in arms for bx, by in arms)


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

    def __post_init__(self) -> None:
        _need("friction", self.friction, 0.0)
        _need("elasticity", self.elasticity, 0.0)
        _need("group", self.group, 0, (1 << 63) - 1)
        _need("category", self.category, 0, _BITS)
        _need("touches", self.touches, 0, _BITS)


class Circle(Surface, frozen=True, tag="circle"):
    """A disc of `radius` around `x`, `y` in the body's own coordinates."""

    radius: float
    x: float = 0.0
    y: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _need("radius", self.radius, _LEAST)
        _need_within(self.x, self.y)


class Segment(Surface, frozen=True, tag="segment"):
    """A line from (x1, y1) to (x2, y2), thickened by `radius` on each side."""

    x1: float
    y1: float
    x2: float
    y2: float
    radius: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _need("radius", self.radius, 0.0)
        _need_within(self.x1, self.y1, self.x2, self.y2)
        if (self.x1, self.y1) == (self.x2, self.y2):
            raise ValueError("a segment needs two different ends")


class Polygon(Surface, frozen=True, tag="polygon"):
    """The convex hull of `corners`, with its edges rounded by `radius`."""

    corners: tuple[tuple[float, float], ...]
    radius: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _need("radius", self.radius, 0.0)
        _need_within(*[number for corner in self.corners for number in corner])
        if not _spans_an_area(self.corners):
            raise ValueError("a polygon needs three corners or more that are not in one line")


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
        _need("mass", self.mass, _LEAST)
        if self.moment is not None:
            _need("moment", self.moment, _LEAST)
        if len(self.shapes) > MAX_SHAPES:
            raise ValueError(f"a body has at most {MAX_SHAPES} shapes, got {len(self.shapes)}")


class JointBase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every joint has. All parameters are explicit: none is derived from present positions."""

    max_force: float | None = None
    collide: bool = True

    def __post_init__(self) -> None:
        if self.max_force is not None:
            _need("max_force", self.max_force, 0.0)


class Pin(JointBase, frozen=True, tag="pin"):
    """Keeps two anchors at `distance`."""

    distance: float
    anchor_a: tuple[float, float] = (0.0, 0.0)
    anchor_b: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        _need("distance", self.distance, 0.0)


class Slide(JointBase, frozen=True, tag="slide"):
    """Keeps two anchors between `least` and `most` apart."""

    least: float
    most: float
    anchor_a: tuple[float, float] = (0.0, 0.0)
    anchor_b: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        _need("least", self.least, 0.0)
        _need("most", self.most, self.least)


class Pivot(JointBase, frozen=True, tag="pivot"):
    """Keeps two anchors together."""

    anchor_a: tuple[float, float] = (0.0, 0.0)
    anchor_b: tuple[float, float] = (0.0, 0.0)


class Groove(JointBase, frozen=True, tag="groove"):
    """Lets an anchor of b slide along a groove of a."""

    groove_a: tuple[float, float]
    groove_b: tuple[float, float]
    anchor_b: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.groove_a == self.groove_b:
            raise ValueError("a groove needs two different ends")


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

    def __post_init__(self) -> None:
        super().__post_init__()
        _need("most", self.most, self.least)


class Ratchet(JointBase, frozen=True, tag="ratchet"):
    """Lets two bodies turn one way only; `latch` is where it last clicked, and is state."""

    phase: float
    ratchet: float
    latch: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.ratchet:
            raise ValueError("a ratchet needs an angle other than 0 between two clicks")


class Gear(JointBase, frozen=True, tag="gear"):
    """Keeps the angular velocity ratio of two bodies."""

    phase: float
    ratio: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.ratio:
            raise ValueError("a gear needs a ratio other than 0")


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
