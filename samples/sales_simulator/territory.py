"""The map: the river and its bridges, trees in the way, sites where clients have offices."""

from typing import Final

import msgspec

from lqe.ecs import Position
from lqe.physics import Body, Circle, Segment
from lqe.scenario import World

from .components import Quarter

MAP: Final = "territory.json"
Point = tuple[float, float]


class River(msgspec.Struct, frozen=True):
    """A wall of water from north to south at `x`, open at the bridges."""

    x: float
    half_width: float
    bridges: tuple[float, ...]
    bridge_width: float
    bank: float


class Territory(msgspec.Struct, frozen=True):
    """The whole map, as `assets/territory.json` says it."""

    width: float
    height: float
    office: Point
    river: River
    trees: tuple[tuple[float, float, float], ...]
    sites: tuple[Point, ...]
    companies: tuple[str, ...]

    def contains(self, x: float, y: float) -> bool:
        """Say whether a point is on the map."""
        return 0.0 <= x <= self.width and 0.0 <= y <= self.height

    def via(self, start: Point, goal: Point) -> Point:
        """Return where to walk first on the way to a goal: over a bridge, or straight there."""
        river = self.river
        if (start[0] < river.x) == (goal[0] < river.x):
            return goal
        bridge = min(river.bridges, key=lambda y: abs(start[1] - y) + abs(goal[1] - y))
        return (river.x + (river.bank if goal[0] > river.x else -river.bank), bridge)


def territory(world: World) -> Territory:
    """Return the map."""
    return world.asset_as(MAP, Territory)


def build(world: World) -> None:
    """Put the land and the calendar into a new world."""
    land = territory(world)
    world.spawn(Body(kind="static", shapes=_shapes(land)), Position(), tags=("land",))
    world.spawn(Quarter(), tags=("calendar",))


def _shapes(land: Territory) -> tuple[Segment | Circle, ...]:
    edge, wide, high = 10.0, land.width, land.height
    corners = [
        (-edge, -edge),
        (wide + edge, -edge),
        (wide + edge, high + edge),
        (-edge, high + edge),
    ]
    walls = [_wall(a, b, edge) for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)]
    trees = [Circle(radius=r, x=x, y=y, friction=0.0) for x, y, r in land.trees]
    return (*walls, *_water(land), *trees)


def _water(land: Territory) -> list[Segment]:
    river = land.river
    gap = river.bridge_width / 2 + river.half_width
    starts = [0.0, *[y + gap for y in river.bridges]]
    stops = [*[y - gap for y in river.bridges], land.height]
    return [
        _wall((river.x, a), (river.x, b), river.half_width)
        for a, b in zip(starts, stops, strict=True)
    ]


def _wall(a: Point, b: Point, radius: float) -> Segment:
    return Segment(x1=a[0], y1=a[1], x2=b[0], y2=b[1], radius=radius, friction=0.0, elasticity=0.3)
