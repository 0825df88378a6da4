"""A game small enough to read at a glance: players push stones about, and stones earn by touch."""

from lqe.ecs import Component, Position, Velocity
from lqe.physics import Body, Circle, Segment
from lqe.rng import Random
from lqe.scenario import Command, Refused, Rules, Scenario, SpaceRules, World


class Purse(Component):
    """What a stone has earned."""

    coins: float = 0.0


class Push(Command, frozen=True):
    """Give your stone a velocity; costs a coin for each 100 of speed."""

    dx: float
    dy: float


class Throw(Command, frozen=True):
    """Throw a pebble into the field."""

    x: float


RULES = Rules(
    keyframe_interval=40,
    clock_hz=20.0,
    push_hz=20.0,
    space=SpaceRules(gravity=(0.0, -40.0), contacts=True),
)
scenario = Scenario("Stones", components=(Purse,), rules=RULES)


@scenario.opening
def opening(world: World) -> None:
    """Lay the floor and the walls."""
    for x1, y1, x2, y2 in ((-60, 0, 60, 0), (-60, 0, -60, 99), (60, 0, 60, 99)):
        wall = Segment(x1=x1, y1=y1, x2=x2, y2=y2, radius=2.0)
        world.spawn(Body(kind="static", shapes=(wall,)))


@scenario.joined
def joined(world: World, player: str) -> None:
    """Give a newcomer a stone."""
    at = Position(world.random.uniform(-50, 50), world.random.uniform(10, 50))
    tags = ("stone", f"of {player}")
    if not world.tagged(tags[1]):
        world.spawn(Body(shapes=(Circle(radius=4.0),)), at, Purse(coins=5.0), tags=tags)


@scenario.command(Push)
def push(world: World, player: str, order: Push) -> None:
    """Push, if it can be paid."""
    stone = world.one(f"of {player}")
    purse = world.get(stone, Purse)
    price = (order.dx * order.dx + order.dy * order.dy) ** 0.5 / 100
    if purse.coins < price:
        raise Refused("too_poor", f"it costs {price:.2f} coins, there are {purse.coins:.2f}")
    purse.coins -= price
    world.write(stone, Velocity(order.dx, order.dy))
    world.signal("pushed", {"player": player})


@scenario.command(Throw)
def throw(world: World, player: str, order: Throw) -> None:
    """Let a pebble fall; the oldest of more than eight goes."""
    pebbles = world.tagged("pebble")
    if len(pebbles) >= 8:
        world.despawn(pebbles[0])
    body = Body(shapes=(Circle(radius=2.0),), mass=0.2)
    world.spawn(body, Position(order.x, 80.0), tags=("pebble",))


@scenario.system(every=2)
def earn(world: World) -> None:
    """Pay every stone for what it touches."""
    for stone, purse in world.query(Purse):
        purse.coins += 0.01 * len(world.touching(stone))


@scenario.shared_view
def everybody_sees(world: World) -> dict[str, object]:
    """Show where things are."""
    things = world.query(Position, tag="stone")
    return {"stones": {str(e): {"x": round(p.x, 1), "y": round(p.y, 1)} for e, p in things}}


@scenario.player_view
def player_sees(world: World, player: str) -> dict[str, object]:
    """Show one's own purse."""
    return {"coins": round(world.get(world.one(f"of {player}"), Purse).coins, 2)}


class Bot:
    """Pushes about and throws now and then."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def decide(self, view: dict[str, object]) -> list[tuple[str, dict[str, object]]]:
        """Return the next command, whatever is in view."""
        assert "world" in view
        if self.chance.chance(0.7):
            dx, dy = self.chance.uniform(-60, 60), self.chance.uniform(0, 60)
            return [("push", {"dx": dx, "dy": dy})]
        return [("throw", {"x": self.chance.uniform(-50, 50)})]


scenario.bot = Bot
