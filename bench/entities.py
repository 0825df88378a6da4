"""A movement system over 5,000 entities, against esper."""

import esper

from lqe.ecs import Column, Component
from lqe.scenario import Scenario, World

from .measure import Result, in_turn, times
from .pile import DT, Ours

_COUNT = 5_000
_NANO = 1_000_000_000


class Place(Component):
    x: float = 0.0
    y: float = 0.0


class Motion(Component):
    dx: float = 0.0
    dy: float = 0.0


class PlaceRow(Column, frozen=True):
    x: float = 0.0
    y: float = 0.0


class MotionRow(Column, frozen=True):
    dx: float = 0.0
    dy: float = 0.0


class _Place:
    __slots__ = ("x", "y")

    def __init__(self, x: float, y: float) -> None:
        self.x, self.y = x, y


class _Motion:
    __slots__ = ("dx", "dy")

    def __init__(self, dx: float, dy: float) -> None:
        self.dx, self.dy = dx, dy


def _world() -> World:
    game = Scenario("movers", components=(Place, Motion, PlaceRow, MotionRow))

    @game.opening
    def opening(world: World) -> None:
        for i in range(_COUNT):
            world.spawn(Place(), Motion(i % 7, i % 5), PlaceRow(), MotionRow(i % 7, i % 5))

    return World(Ours(game).fold.core)


def _esper() -> None:
    esper.clear_database()
    for i in range(_COUNT):
        esper.create_entity(_Place(0.0, 0.0), _Motion(i % 7, i % 5))


def _move_esper() -> None:
    for _, (place, motion) in esper.get_components(_Place, _Motion):
        place.x += motion.dx * DT
        place.y += motion.dy * DT


def ecs() -> Result:
    """Object components, one by one."""
    world = _world()
    _esper()

    def move() -> None:
        for _, place, motion in world.query(Place, Motion):
            place.x += motion.dx * DT
            place.y += motion.dy * DT

    mine, other = in_turn(move, _move_esper, 200)
    scale = _NANO / _COUNT
    return times("ecs", "ns an entity", mine * scale, other * scale, "esper 3.9", 1.0)


def ecs_bulk() -> Result:
    """Column components, in bulk."""
    world = _world()
    _esper()

    def move() -> None:
        place, motion = world.columns(PlaceRow, MotionRow, writes=(PlaceRow,))
        place.x += motion.dx * DT
        place.y += motion.dy * DT

    mine, other = in_turn(move, _move_esper, 200)
    scale = _NANO / _COUNT
    return times("ecs-bulk", "ns an entity", mine * scale, other * scale, "esper 3.9", 0.1)
