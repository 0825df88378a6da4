"""How many competitors there are, how good they are, and where they start."""

from lqe.behaviour import Mind
from lqe.ecs import Position
from lqe.physics import Body
from lqe.scenario import World

from .calendar import calendar, mood, selling
from .components import Competitor, Rep, Steering
from .rules import (
    MOST_RIVAL_LEVEL,
    PLAYERS_A_RIVAL,
    RIVAL_NAMES,
    RIVAL_SPEED,
    RIVAL_SPEED_A_LEVEL,
    RIVALS,
)  # fmt: skip
from .steering import set_top, walker
from .territory import territory


def rival_speed(level: int) -> float:
    """Return how fast a competitor of a level walks."""
    return RIVAL_SPEED + RIVAL_SPEED_A_LEVEL * level


def muster(world: World) -> None:
    """Make the competitors better for a new quarter, and send off those who are too many."""
    level = _level(world)
    present = list(world.query(Competitor))
    for entity, rival in present[: _wanted(world)]:
        rival.level, rival.won, rival.target, rival.until = level, 0, 0, 0
        set_top(world, entity, rival_speed(level))
    for entity, _ in present[_wanted(world) :]:
        world.despawn(entity)


def reinforce(world: World) -> None:
    """Bring in the competitors that the market still bears, from both ends of the map."""
    if not selling(world):
        return
    land, level, wanted = territory(world), _level(world), _wanted(world)
    for number in range(sum(1 for _ in world.query(Competitor)), wanted):
        x = land.width * (number + 1) / (wanted + 1)
        y = 30.0 if number % 2 else land.height - 30.0
        world.spawn(
            Competitor(name=RIVAL_NAMES[number], level=level),
            Mind(),
            walker(),
            Position(x, y),
            Steering(x, y, x, y, rival_speed(level), moving=False),
        )


def _level(world: World) -> int:
    return min(MOST_RIVAL_LEVEL, calendar(world).number - 1)


def _wanted(world: World) -> int:
    reps = sum(1 for _ in world.query(Rep, Body))
    return min(len(RIVAL_NAMES), RIVALS + reps // PLAYERS_A_RIVAL + mood(world).rivals)
