"""My game: walk through an orchard and pick apples before the others do.

README.md says how it is played, tested and changed.
"""

from math import sqrt
from typing import Any

from lqe.ecs import Component, Position
from lqe.rng import Random
from lqe.scenario import EVERYONE, Command, Refused, Rules, Scenario, World

WIDTH, HEIGHT = 800.0, 500.0
TREES = ((160.0, 130.0, 46.0), (400.0, 330.0, 60.0), (640.0, 140.0, 52.0), (180.0, 390.0, 40.0))
APPLES = 10
SPEED = 140.0  # a second
REACH = 16.0
BASKET = 20

# 20 ticks a second; when nobody acts, time is recorded and shown ten times a second.
scenario = Scenario(
    "My game", rules=Rules(tick_us=50_000, keyframe_interval=200, clock_hz=10.0, push_hz=10.0)
)


# What there is: entities with components. An apple is a Position with the tag "apple".


class Picker(Component):
    """Somebody who picks apples: whose it is, where it goes, how many it has."""

    player: str
    goal_x: float
    goal_y: float
    apples: int = 0


scenario.components += (Picker,)


# What players may do. A click on the ground fills `x` and `y`, one on an apple `apple`.


class Walk(Command, frozen=True):
    """Walk to a place."""

    x: float
    y: float


class Fetch(Command, frozen=True):
    """Walk to an apple and pick it."""

    apple: int


@scenario.command(Walk)
def walk(world: World, player: str, order: Walk) -> None:
    """Set out, unless it is off the map."""
    if not (0 <= order.x <= WIDTH and 0 <= order.y <= HEIGHT):
        raise Refused("off_the_map", f"the orchard ends at {WIDTH:.0f}, {HEIGHT:.0f}")
    picker = world.get(world.one(f"picker of {player}"), Picker)
    picker.goal_x, picker.goal_y = order.x, order.y


@scenario.command(Fetch)
def fetch(world: World, player: str, order: Fetch) -> None:
    """Set out for an apple, if it still hangs there."""
    if order.apple not in world.tagged("apple"):
        raise Refused("gone", "that apple is picked already")
    at = world.get(order.apple, Position)
    picker = world.get(world.one(f"picker of {player}"), Picker)
    picker.goal_x, picker.goal_y = at.x, at.y


# What happens by itself.


@scenario.opening
def opening(world: World) -> None:
    """Let the first apples grow."""
    for _ in range(APPLES):
        grow(world)


@scenario.joined
def joined(world: World, player: str) -> None:
    """Put a newcomer into the middle; one who comes back has a picker already."""
    tag = f"picker of {player}"
    if not world.tagged(tag):
        x, y = WIDTH / 2, HEIGHT / 2
        world.spawn(Picker(player, x, y), Position(x, y), tags=("picker", tag))


@scenario.system()
def move(world: World) -> None:
    """Let every picker take its step, and pick what is in reach: each apple only once."""
    apples = list(world.query(Position, tag="apple"))
    for entity, picker, at in world.query(Picker, Position):
        here = step(at, picker.goal_x, picker.goal_y, SPEED * world.dt)
        if here != at:
            world.write(entity, here)
        for found in [a for a in apples if distance(a[1], here.x, here.y) <= REACH]:
            apples.remove(found)
            pick(world, picker, found[0])


def pick(world: World, picker: Picker, apple: int) -> None:
    """Put an apple into the basket, tell everybody, and let another one grow."""
    picker.apples += 1
    world.despawn(apple)
    world.signal("picked", {"player": picker.player, "apple": apple}, to=EVERYONE)
    if picker.apples == BASKET:
        world.achieve(picker.player, "a full basket")
    grow(world)


def grow(world: World) -> None:
    """Let an apple appear at a tree."""
    x, y, wide = world.random.choice(TREES)
    at = Position(x + world.random.uniform(-wide, wide), y + world.random.uniform(-wide, wide))
    world.spawn(at, tags=("apple",))


def step(at: Position, x: float, y: float, length: float) -> Position:
    """Return the place one step nearer to a goal."""
    far = distance(at, x, y)
    if far <= length:
        return Position(x, y)
    return Position(at.x + (x - at.x) * length / far, at.y + (y - at.y) * length / far)


def distance(at: Position, x: float, y: float) -> float:
    """Return how far a place is."""
    return sqrt((x - at.x) * (x - at.x) + (y - at.y) * (y - at.y))


# What players see. Whatever has `x` and `y` stands on the map; `score` makes a ranking.


@scenario.shared_view
def everybody_sees(world: World) -> dict[str, Any]:
    """Show the orchard."""
    return {
        "land": {"width": WIDTH, "height": HEIGHT, "trees": [list(tree) for tree in TREES]},
        "pickers": {
            str(entity): {
                "player": picker.player, "x": round(at.x, 1), "y": round(at.y, 1),
                "score": picker.apples,
            }
            for entity, picker, at in world.query(Picker, Position)
        },
        "apples": {
            str(entity): {"x": round(at.x, 1), "y": round(at.y, 1)}
            for entity, at in world.query(Position, tag="apple")
        },
    }  # fmt: skip


@scenario.player_view
def player_sees(world: World, player: str) -> dict[str, Any]:
    """Show one's own basket."""
    picker = world.one(f"picker of {player}")
    return {"picker": picker, "apples": world.get(picker, Picker).apples}


class Bot:
    """Fetches the nearest apple; now and then any, so that bots part company."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.goal = ""

    def decide(self, view: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        """Return what to do now, as (command, arguments), from what a player sees."""
        apples = view["world"]["apples"]
        me = view["world"]["pickers"].get(str(view["you"].get("picker")))
        if me is None or not apples or self.goal in apples:
            return []
        at = Position(me["x"], me["y"])
        near = min(apples, key=lambda apple: distance(at, apples[apple]["x"], apples[apple]["y"]))
        self.goal = self.chance.choice(list(apples)) if self.chance.chance(0.2) else near
        return [("fetch", {"apple": int(self.goal)})]


scenario.bot = Bot
