"""A game whose commands end the process that folds them, each in a way that Python cannot stop."""

import numpy as np

from lqe.ecs import Component
from lqe.scenario import Command, Rules, Scenario, World


class Box(Component):
    """What was put in."""

    n: int = 0


class Put(Command, frozen=True):
    """Put one in."""


class Raise(Command, frozen=True):
    """Take a power of three: one long call into C."""

    to: int


class Reach(Command, frozen=True):
    """Read memory that is nobody's."""


class Hoard(Command, frozen=True):
    """Keep more and more."""


scenario = Scenario("Perils", components=[Box], rules=Rules(tick_us=50_000, keyframe_interval=20))


@scenario.opening
def opening(world: World) -> None:
    world.spawn(Box(), tags=("box",))


@scenario.command(Put)
def put(world: World, player: str, order: Put) -> None:
    world.get(world.one("box"), Box).n += 1


@scenario.command(Raise)
def take_power(world: World, player: str, order: Raise) -> None:
    world.get(world.one("box"), Box).n = (3**order.to) % 7


@scenario.command(Reach)
def reach(world: World, player: str, order: Reach) -> None:
    far = np.lib.stride_tricks.as_strided(np.zeros(1), shape=(1 << 40,))
    world.get(world.one("box"), Box).n = int(far[1 << 39])


@scenario.command(Hoard)
def hoard(world: World, player: str, order: Hoard) -> None:
    kept = [np.ones(1 << 20)]
    while True:
        kept.append(kept[-1] + 1)


@scenario.shared_view
def shared(world: World) -> dict[str, object]:
    return {"n": world.get(world.one("box"), Box).n}
