"""Which quarter it is, for whoever asks."""

from lqe.errors import Refused
from lqe.scenario import World

from .components import Quarter
from .rules import MOODS, STEADY, Mood


def calendar(world: World) -> Quarter:
    """Return the calendar, which can be changed."""
    return world.get(world.one("calendar"), Quarter)


def mood(world: World) -> Mood:
    """Return what is special about this quarter."""
    name = calendar(world).mood
    return next((m for m in MOODS if m.name == name), STEADY)


def selling(world: World) -> bool:
    """Say whether a quarter is running."""
    return calendar(world).phase == "selling"


def only_while_selling(world: World) -> None:
    """Refuse a command outside a quarter."""
    if not selling(world):
        raise Refused("quarter_over", "the offices are closed until the next quarter begins")
