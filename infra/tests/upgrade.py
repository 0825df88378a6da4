"""A changed scenario is deployed while worlds are played, and taken back: nothing may be lost.

`python -m infra.tests.upgrade --worlds 20` makes a stack on an emulator for it. It takes minutes,
most of them the emulator's.
"""

import argparse
import asyncio
import shutil
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path
from time import monotonic, sleep

from websockets.asyncio.client import connect

from infra.tests.stack import Stack, local_stack, until
from lqe.codec import Codec
from lqe.events import CommandSubmitted, ScenarioUpgraded
from lqe.local.client import Player
from lqe.profile import numeric_profile
from lqe.replay import Verdict, verify

TENANT = "upgraders"
PREFIX = "lqe"
SAMPLE = Path(__file__).parents[2] / "samples" / "sales_simulator"
WAIT_S = 600
_BEGAN = monotonic()
_REPEAT_S, _REPEATS = 60.0, 8


def version(folder: Path, name: str) -> str:
    """Return a version of the sample, each with another digest.

    Time is recorded once in two seconds: on one machine, the queue of an emulator takes no more
    from twenty worlds.
    """
    copy = folder / name / "sales_simulator"
    shutil.copytree(SAMPLE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    rules = copy / "rules.py"
    text = rules.read_text()
    assert "clock_hz=5.0" in text
    rules.write_text(text.replace("clock_hz=5.0", "clock_hz=0.5") + f"\n# {name}\n")
    return str(copy)


def failures(player: Player) -> int:
    """Return how often a player was told that it is not known what became of a frame."""
    return player.strange + len(player.rejections)


async def play(
    worlds: list[str], ticket: Callable[[str], str], meanwhile: Callable[[], None]
) -> list[Player]:
    """Let a player in each world send until `meanwhile` is done; then hear all outcomes."""
    async with AsyncExitStack() as stack:
        players, listening = [], []
        for world in worlds:
            where = await asyncio.to_thread(ticket, world)  # good for a minute
            socket = await stack.enter_async_context(
                connect(where, max_size=None, open_timeout=WAIT_S, ping_interval=None)
            )
            players.append(Player(socket))
            listening.append(asyncio.create_task(players[-1].listen()))
            await asyncio.wait_for(players[-1].welcome.wait(), WAIT_S)
        say(f"{len(players)} worlds are played")
        deploying = asyncio.create_task(asyncio.to_thread(meanwhile))
        number, noticed = 0, dict.fromkeys(players, 0)
        while not deploying.done():
            player = players[number % len(players)]
            if failures(player) > noticed[player]:
                # What is repeated much later is refused as stale.
                noticed[player] = failures(player)
                await player.repeat()
            await player.order(("travel", {"x": 10.0 + number % 500, "y": 200.0}))
            number += 1
            await asyncio.sleep(0.2)
        await deploying
        for _ in range(_REPEATS):
            with suppress(AssertionError):
                await until(lambda: all(p.decided == p.sent for p in players), _REPEAT_S)
                break
            for player in players:
                await player.repeat()
        for task in listening:
            task.cancel()
        return players


def silence_observers(stack: Stack) -> None:
    """Let no signal reach those who only keep totals, awards and copies, and nothing be warmed.

    The emulator unpacks a process for each of their calls that come at once, a second of its time.
    """
    events, bus = stack.client("events"), f"{PREFIX}-signals"
    for rule in events.list_rules(EventBusName=bus)["Rules"]:
        if "Ticker" not in rule["Name"]:
            events.disable_rule(Name=rule["Name"], EventBusName=bus)


def in_force(stack: Stack, worlds: list[str]) -> None:
    """Wait until every world runs the code that is deployed."""
    there = stack.deployed
    ends = monotonic() + WAIT_S
    while any(
        there.standing((TENANT, world)).scenario != there.outputs["ScenarioDigest"]
        for world in worlds
    ):
        assert monotonic() < ends, stack.ledgerquest("status")[0]
        sleep(1.0)


def say(text: str) -> None:
    """Say how far the campaign is."""
    print(f"{monotonic() - _BEGAN:6.1f} s  {text}", flush=True)  # noqa: T201


def campaign(stack: Stack, folder: Path, worlds: list[str]) -> None:
    """Deploy and take back; raise AssertionError for what is lost, doubled or does not replay."""
    stack.ledgerquest("tenant", "add", TENANT, "--worlds", "40")
    token = stack.token(TENANT, "operator", "operator", "author")
    first, other = version(folder, "first"), version(folder, "other")
    stack.ledgerquest("deploy", first)
    silence_observers(stack)
    before = stack.deployed.outputs["ScenarioDigest"]

    def deploy() -> None:
        assert "--upgrade" in stack.ledgerquest("deploy", other, code=2)[1]
        for scenario, waits in ((other, True), (first, True), (other, False), (first, True)):
            said = stack.ledgerquest("deploy", scenario, "--upgrade")[0]
            silence_observers(stack)
            assert said.count("an upgrade is recorded") == len(worlds), said
            say(f"{Path(scenario).parent.name}: recorded in {len(worlds)} worlds")
            if waits:
                in_force(stack, worlds)
                say("in force in all of them")

    players = asyncio.run(
        play(worlds, partial(stack.socket, token), deploy)
    )  # they open the worlds, all of `first`
    say(f"{sum(player.sent for player in players)} commands sent")
    there = stack.deployed
    assert there.outputs["ScenarioDigest"] == before
    assert {r.code for player in players for r in player.rejections} <= {"unavailable"}
    logs, objects = there.folds.logs.tenant(TENANT), there.process.objects.tenant(TENANT)
    for world, player in zip(worlds, players, strict=True):
        events = [Codec().decode(record.data) for record in logs.world(world).read()]
        commands = {e.seq for e in events if isinstance(e, CommandSubmitted)}
        assert commands == set(range(1, player.sent + 1)), "none is lost"
        upgrades = [e.scenario == before for e in events if isinstance(e, ScenarioUpgraded)]
        assert upgrades == [False, True, False, True]
        report = verify(
            world, logs.world(world), there.process.code_of(TENANT),
            profile=numeric_profile(), objects=objects,
        )  # fmt: skip
        assert report.verdict is Verdict.VERIFIED
        assert report.applied == player.sent, f"each is applied once; refused: {player.refusals}"


def main() -> None:
    """Make a stack, upgrade it while it is played, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, local_stack(Path(name)) as stack:
        say("the stack is there")
        campaign(stack, Path(name), [f"w{number}" for number in range(asked.worlds)])
    say(f"{asked.worlds} worlds upgraded and taken back twice; nothing lost, all verified")


if __name__ == "__main__":
    main()
