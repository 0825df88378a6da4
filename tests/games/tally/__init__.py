"""A game in which nothing moves and all is counted: nothing is lost, or doubled, unseen."""

from typing import ClassVar

from lqe.ecs import Component
from lqe.rng import Random
from lqe.scenario import EVERYONE, Command, Limits, Refused, Rules, Scenario, World, to_player

# What a point is worth: another version of this game differs in this number.
WORTH = 1


class Purse(Component):
    """What a player has: points, how often something was added, and the sum of all draws.

    `changes` counts, so that no purse is ever again as it was.
    """

    hot: ClassVar[bool] = True
    points: int = 0
    adds: int = 0
    luck: int = 0
    changes: int = 0


class Bell(Component):
    """How often the bell rang, and how many ticks it has seen."""

    hot: ClassVar[bool] = True
    rings: int = 0
    ticks: int = 0
    cracked: bool = False


class Add(Command, frozen=True):
    """Put points into your purse."""

    points: int


class Give(Command, frozen=True):
    """Give points to somebody else."""

    to: str
    points: int


class Ring(Command, frozen=True):
    """Ring the bell some ticks from now."""

    after: int


class Crack(Command, frozen=True):
    """Strike the bell too hard."""


RULES = Rules(keyframe_interval=24, clock_hz=20.0, push_hz=50.0, limits=Limits(max_idle_ticks=60))
scenario = Scenario("Tally", components=(Purse, Bell), rules=RULES)


@scenario.opening
def opening(world: World) -> None:
    """Hang up the bell."""
    world.spawn(Bell(), tags=("bell",))


@scenario.joined
def joined(world: World, player: str) -> None:
    """Give a newcomer a purse, and greet whoever comes."""
    if not world.tagged(f"of {player}"):
        world.spawn(Purse(), tags=(f"of {player}",))
    world.signal("came", {"player": player}, to=EVERYONE)


@scenario.left
def left(world: World, player: str) -> None:
    """Say goodbye."""
    world.signal("went", {"player": player}, to=EVERYONE)


@scenario.command(Add)
def add(world: World, player: str, order: Add) -> None:
    """Count, draw luck, and award every fourth time."""
    purse = world.get(world.one(f"of {player}"), Purse)
    purse.points += order.points * WORTH
    purse.adds += 1
    purse.changes += 1
    purse.luck += world.random.integer(1, 1000)
    world.signal("added", {"player": player, "points": purse.points, "adds": purse.adds})
    if purse.adds % 4 == 0:
        world.achieve(player, f"added-{purse.adds}")


@scenario.command(Give)
def give(world: World, player: str, order: Give) -> None:
    """Move points, if they are there."""
    mine = world.get(world.one(f"of {player}"), Purse)
    if mine.points < order.points:
        raise Refused("too_poor", f"needs {order.points}, has {mine.points}")
    theirs = world.get(world.one(f"of {order.to}"), Purse)
    mine.points -= order.points
    theirs.points += order.points
    for purse in (mine, theirs):
        purse.changes += 1
    world.signal("given", {"from": player, "points": order.points}, to=to_player(order.to))


@scenario.command(Ring)
def ring(world: World, player: str, order: Ring) -> None:
    """Let it ring later."""
    world.after(max(1, order.after), "rang", {"player": player})


@scenario.command(Crack)
def crack(world: World, player: str, order: Crack) -> None:
    """Crack the bell: the first version of this game cannot go on with it."""
    world.get(world.one("bell"), Bell).cracked = True


@scenario.scheduled
def rang(world: World, data: dict[str, str]) -> None:
    """Ring, and say for whom."""
    bell = world.get(world.one("bell"), Bell)
    bell.rings += 1
    world.signal("rang", {"rings": bell.rings, **data}, to=EVERYONE)


@scenario.system(every=3)
def pass_time(world: World) -> None:
    """Count the ticks, and chime now and then."""
    bell = world.get(world.one("bell"), Bell)
    if bell.cracked and WORTH == 1:
        raise ValueError("no sound")
    bell.ticks += 3
    if bell.ticks % 9 == 0:
        world.signal("chimed", {"ticks": bell.ticks})


@scenario.shared_view
def everybody_sees(world: World) -> dict[str, object]:
    """Show who has what, and the bell."""
    bell = world.get(world.one("bell"), Bell)
    purses = {str(entity): purse.points for entity, purse in world.query(Purse)}
    return {"purses": purses, "rings": bell.rings, "ticks": bell.ticks, "worth": WORTH}


@scenario.player_view
def player_sees(world: World, player: str) -> dict[str, object]:
    """Show one's own luck."""
    purse = world.get(world.one(f"of {player}"), Purse)
    return {"luck": purse.luck, "adds": purse.adds}


class Bot:
    """Adds, gives to itself, and rings."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def decide(self, view: dict[str, object]) -> list[tuple[str, dict[str, object]]]:
        """Return the next command, whatever is in view."""
        assert "world" in view
        if self.chance.chance(0.7):
            return [("add", {"points": self.chance.integer(1, 9)})]
        return [("ring", {"after": self.chance.integer(1, 20)})]


scenario.bot = Bot
