"""A game whose author forgot that a loop has to end, and that a stack is only so deep."""

import numpy as np

from lqe.ecs import Component
from lqe.scenario import Command, Rules, Scenario, World


class Box(Component):
    """What was put in, and from which tick on the clock hangs."""

    n: int = 0
    hangs_at: int = 0


class Put(Command, frozen=True):
    """Put one in."""


class Loop(Command, frozen=True):
    """Go round for ever."""


class Dig(Command, frozen=True):
    """Go down for ever."""


class Raise(Command, frozen=True):
    """Take a power of three: one long call into C."""


class End(Command, frozen=True):
    """Read memory that is nobody's."""


class Wind(Command, frozen=True):
    """Let the clock hang in so many ticks."""

    ticks: int


scenario = Scenario("Loops", components=[Box], rules=Rules(tick_us=50_000, keyframe_interval=20))


@scenario.opening
def opening(world: World) -> None:
    world.spawn(Box(), tags=("box",))


@scenario.command(Put)
def put(world: World, player: str, order: Put) -> None:
    world.get(world.one("box"), Box).n += 1


@scenario.command(Loop)
def loop(world: World, player: str, order: Loop) -> None:
    while True:
        pass


@scenario.command(Dig)
def dig(world: World, player: str, order: Dig) -> None:
    dig(world, player, order)


@scenario.command(Raise)
def take_power(world: World, player: str, order: Raise) -> None:
    world.get(world.one("box"), Box).n = (3**400_000_000) % 7


@scenario.command(End)
def end(world: World, player: str, order: End) -> None:
    far = np.lib.stride_tricks.as_strided(np.zeros(1), shape=(1 << 40,))
    world.get(world.one("box"), Box).n = int(far[1 << 39])


@scenario.command(Wind)
def wind(world: World, player: str, order: Wind) -> None:
    world.get(world.one("box"), Box).hangs_at = world.tick + order.ticks


@scenario.system()
def clock(world: World) -> None:
    box = world.get(world.one("box"), Box)
    while 0 < box.hangs_at <= world.tick:
        pass


@scenario.shared_view
def shared(world: World) -> dict[str, object]:
    return {"n": world.get(world.one("box"), Box).n}
