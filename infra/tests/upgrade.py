"""A changed scenario is deployed while worlds are played, and taken back: nothing may be lost.

`python -m infra.tests.upgrade --worlds 20` makes a stack on an emulator for it. It takes minutes,
most of them the emulator's.
"""

import argparse
import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from websockets.asyncio.client import connect

from infra.tests.stack import Stack, until
from lqe.codec import Codec
from lqe.events import CommandSubmitted, ScenarioUpgraded
from lqe.local.client import Player
from lqe.profile import numeric_profile
from lqe.replay import Verdict, verify

TENANT = "upgraders"
SAMPLE = Path(__file__).parents[2] / "samples" / "sales_simulator"
WAIT_S = 120


def changed(folder: Path) -> Path:
    """Return the sample with another rule in it, and so another digest."""
    copy = folder / "sales_simulator"
    shutil.copytree(SAMPLE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    rules = copy / "rules.py"
    rules.write_text(rules.read_text() + "\n# a change\n")
    return copy


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
        for player in players:
            await asyncio.wait_for(player.welcome.wait(), WAIT_S)
        deploying = asyncio.create_task(asyncio.to_thread(meanwhile))
        number = 0
        while not deploying.done():
            player = players[number % len(players)]
            await player.order(("travel", {"x": 10.0 + number % 500, "y": 200.0}))
            number += 1
            await asyncio.sleep(0.2)
        await deploying
        await until(lambda: all(p.decided == p.sent for p in players))
        for task in listening:
            task.cancel()
        return players


def campaign(stack: Stack, folder: Path, worlds: list[str]) -> None:
    """Deploy and take back; raise AssertionError for what is lost, doubled or does not replay."""
    stack.ledgerquest("tenant", "add", TENANT, "--worlds", "40")
    token = stack.token(TENANT, "operator", "operator", "author")

    def ticket(world: str) -> str:
        assert stack.http("POST", "/v1/worlds", token, {"world": world})[0] == 201
        wanted = {"world": world, "player": "ann", "session": "s1"}
        status, issued = stack.http("POST", "/v1/tickets", token, wanted)
        assert status == 201, issued
        return str(issued["socket"]).replace("http", "ws", 1)

    before = stack.deployed.outputs["ScenarioDigest"]
    other = str(changed(folder))

    def deploy() -> None:
        assert "--upgrade" in stack.ledgerquest("deploy", other, code=2)[1]
        said = stack.ledgerquest("deploy", other, "--upgrade")[0]
        assert said.count("an upgrade is recorded") >= len(worlds)
        back = stack.ledgerquest("deploy", str(SAMPLE), "--upgrade")[0]
        assert back.count("an upgrade is recorded") >= len(worlds)

    players = asyncio.run(play(worlds, ticket, deploy))
    assert stack.deployed.outputs["ScenarioDigest"] == before
    assert all(player.rejections == [] for player in players)
    there = stack.deployed
    logs, objects = there.folds.logs.tenant(TENANT), there.process.objects.tenant(TENANT)
    for world, player in zip(worlds, players, strict=True):
        events = [Codec().decode(record.data) for record in logs.world(world).read()]
        commands = [e.seq for e in events if isinstance(e, CommandSubmitted)]
        assert commands == list(range(1, player.sent + 1)), "each once, none lost"
        upgrades = [e.scenario for e in events if isinstance(e, ScenarioUpgraded)]
        assert len(upgrades) == 2
        assert upgrades[-1] == before
        report = verify(
            world, logs.world(world), there.process.code_of(TENANT),
            profile=numeric_profile(), objects=objects,
        )  # fmt: skip
        assert report.verdict is Verdict.VERIFIED
        assert report.applied == player.sent


def main() -> None:
    """Make a stack, upgrade it while it is played, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        stack = Stack(Path(name))
        os.environ.update(stack.environment)
        try:
            stack.ledgerquest("init", "--local")
            campaign(stack, Path(name), [f"w{number}" for number in range(asked.worlds)])
        finally:
            stack.ledgerquest("destroy", "--local")
    print(f"{asked.worlds} worlds upgraded and taken back; nothing lost, all verified")  # noqa: T201


if __name__ == "__main__":
    main()
