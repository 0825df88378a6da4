"""Committed digests of fixed scripts, one file a script and rules version.

Make the files that are missing:

    python -m tests.goldens

A file that is there is never overwritten, unless `--overwrite` is given: a meaning that changed
for worlds already recorded needs a new RULES_VERSION, which has files of its own. `--print` writes
all results to standard output and no file.

A file notes the numeric profile of the machine that made it. Scripts whose bodies turn may give
other digests under another profile; those whose rotation is locked give the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec.structs import replace

from lqe.adapters.scenarios import load_source, read_source
from lqe.ecs import Position, Velocity
from lqe.limits import Limits
from lqe.physics import Body, Circle, Segment, box
from lqe.profile import numeric_profile
from lqe.replay.script import make_script
from lqe.rng import Random
from lqe.scenario import Rules, Scenario, SpaceRules, World
from lqe.version import OLDEST_RULES, RULES_VERSION
from tests.scenarios import TOUCHES, Build, Drop, Earn, Spend, Tie, Touch, Wait, arena, toy
from tests.steps import Play, given, shelf

FOLDER = Path(__file__).parent
_SAMPLES = FOLDER.parents[1] / "samples"


class Mark(msgspec.Struct, frozen=True):
    """One keyframe of a script."""

    tick: int
    position: int
    digest: str
    state_bytes: int


class Golden(msgspec.Struct, frozen=True, kw_only=True):
    """What a script led to, on which machine."""

    script: str
    rules_version: int
    profile: str
    turning: bool
    outcomes: dict[str, int]
    keyframes: list[Mark]


def _pile(*, turning: bool) -> Scenario:
    space = SpaceRules(gravity=(0.0, -80.0), contacts=True, damping=0.98)
    game = Scenario("pile", rules=Rules(space=space))

    @game.opening
    def open_world(world: World) -> None:
        for x1, y1, x2, y2 in ((-40, 0, 40, 0), (-40, 0, -40, 90), (40, 0, 40, 90)):
            wall = Segment(x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2), radius=2.0)
            world.spawn(Body(kind="static", shapes=(wall,)))
        for number in range(40):
            shape = Circle(radius=3.0, elasticity=0.3) if number % 3 else box(6.0, 5.0)
            place = Position(-32.0 + number % 8 * 8.5 + number // 8, 8.0 + number // 8 * 9.0)
            body = Body(shapes=(shape,), moment=30.0 if turning else None)
            world.spawn(body, place, Velocity(number % 5 - 2.0, -3.0))

    return game


def pile_locked(rules: int) -> Play:
    """Let forty bodies fall that cannot turn."""
    play = given(_pile(turning=False), players=["ann"], interval=100, rules=rules)
    play.passes(1000)
    return play


def pile_turning(rules: int) -> Play:
    """Let forty bodies fall that turn."""
    play = given(_pile(turning=True), players=["ann"], interval=100, rules=rules)
    play.passes(1000)
    return play


def toy_game(rules: int) -> Play:
    """Play the toy for a while: nothing in it turns."""
    chance = Random(b"toy script")
    play = given(toy(), players=["ann", "bob", "cleo"], interval=50, rules=rules)
    for _ in range(200):
        player = chance.choice(["ann", "bob", "cleo"])
        play.tick += chance.choice([0, 1, 3, 12])
        kind = chance.integer(0, 9)
        if kind < 4:
            play.orders(player, Earn(chance.uniform(0.0, 3.0)))
        elif kind < 7:
            play.orders(player, Spend(chance.uniform(0.0, 9.0)))
        elif kind < 9:
            play.orders(player, Drop(chance.uniform(-50.0, 50.0)))
        else:
            play.orders(player, Wait(chance.integer(1, 60)))
    play.passes(100)
    return play


def lobby_game(rules: int) -> Play:
    """Let players come and go, before there are enough and after: nothing in it turns."""
    chance = Random(b"lobby script")
    limits = Limits(max_players=4)
    play = given(toy(quorum=3), interval=40, limits=limits, rules=rules)
    here: list[str] = []
    for _ in range(120):
        play.tick += chance.choice([0, 2, 5, 11])
        player = chance.choice(["ann", "bob", "cleo", "dan", "eve"])
        if player not in here:
            if play.joins(player).applied:
                here.append(player)
        elif chance.integer(0, 2):
            play.orders(player, Earn(chance.uniform(0.0, 3.0)))
        else:
            play.leaves(player)
            here.remove(player)
    play.passes(100)
    return play


def arena_game(rules: int) -> Play:
    """Do everything in the arena: bodies turn, joints of all kinds."""
    chance = Random(b"arena script")
    play = given(arena(), players=["ann"], interval=40, rules=rules)
    for number in range(300):
        play.tick += chance.choice([0, 0, 1, 4])
        x, y = chance.uniform(-60.0, 60.0), chance.uniform(5.0, 90.0)
        if number % 4 == 0:
            play.orders("ann", Build(number, "dynamic", x, y, -x, -y, turning=number % 8 > 0))
        elif number % 4 == 1:
            play.orders("ann", Tie(number // 4, chance.integer(0, 20), chance.integer(0, 20)))
        else:
            touch = Touch(
                chance.choice(TOUCHES),  # type: ignore[arg-type]
                chance.integer(0, 30),
                x,
                y,
                chance.uniform(-3.0, 3.0),
            )
            play.orders("ann", touch)
    play.passes(80)
    return play


def sales_simulator(rules: int) -> Play:
    """Let eight bots play the sample for two minutes of its time: nothing in it turns."""
    sample = load_source(read_source(_SAMPLES / "sales_simulator"))
    script = make_script(shelf(sample), "a", players=8, ticks=2_400, seed=7, interval=200)
    play = Play(sample, opened=replace(script[0], rules=rules))  # type: ignore[arg-type]
    for event in script[1:]:
        play.record(event)
    return play


SCRIPTS: dict[str, tuple[Callable[[int], Play], bool]] = {
    "toy_game": (toy_game, False),
    "pile_locked": (pile_locked, False),
    "pile_turning": (pile_turning, True),
    "lobby_game": (lobby_game, False),
    "arena_game": (arena_game, True),
    "sales_simulator": (sales_simulator, False),
}


# Every script in a world of every rules version.
WANTED = [(s, rules) for rules in range(OLDEST_RULES, RULES_VERSION + 1) for s in SCRIPTS]


def path_of(script: str, rules: int) -> Path:
    """Return where the golden of a script is kept for a rules version."""
    return FOLDER / f"{script}.rules-{rules}.json"


def stored(script: str, rules: int) -> Golden:
    """Return the committed golden of a script."""
    return msgspec.json.decode(path_of(script, rules).read_bytes(), type=Golden)


def made(script: str, rules: int) -> Golden:
    """Run a script in a world of a rules version, and return what it leads to here."""
    run, turning = SCRIPTS[script]
    play = run(rules)
    counts: dict[str, int] = {}
    for outcome in play.outcomes:
        name = outcome.code or "applied"
        counts[name] = counts.get(name, 0) + 1
    return Golden(
        script=script,
        rules_version=rules,
        profile=numeric_profile(),
        turning=turning,
        outcomes=dict(sorted(counts.items())),
        keyframes=[
            Mark(k.header.tick, k.header.position, k.header.digest, len(k.state))
            for k in play.keyframes
        ],
    )


def write(golden: Golden) -> None:
    """Write a golden's file."""
    data = msgspec.json.format(msgspec.json.encode(golden), indent=1)
    path_of(golden.script, golden.rules_version).write_bytes(data + b"\n")
