"""How long a command takes from a player to its outcome, stage by stage, on an emulator.

`python -m infra.tests.latency --players 3 --commands 100` makes a stack for it and prints a table.
Players note when they sent and heard what; how long functions took is what their logs report.
"""

import argparse
import asyncio
import re
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from time import time_ns
from typing import Any, Final

from websockets.asyncio.client import connect

from infra.tests.stack import Stack, local_stack, until
from lqe.local.client import Player
from lqe.wire import OutcomeSent, Receipt

TENANT: Final = "timed"
_WARM_UP: Final = 20
_PERCENT: Final = (50, 99)
# From the instant that a stage begins to the instant that it ends.
STAGES: Final = (
    ("send to receipt heard: `submit`, the queue, `append`, the push", "sent", "receipt"),
    ("receipt heard to outcome heard: the stream, `fold`, the push", "receipt", "outcome"),
    ("send to outcome heard", "sent", "outcome"),
)
_FUNCTIONS: Final = ("append", "fold")
_TOOK = re.compile(r"^REPORT .*?Duration: (\d+(?:\.\d+)?) ms")


class Timed(Player):
    """A player that notes when it heard what of which command, in microseconds."""

    def __init__(self, websocket: Any) -> None:
        super().__init__(websocket)
        self.times: dict[int, dict[str, int]] = {}

    async def travel(self) -> None:
        """Send one command, and wait for its outcome."""
        number = self.seq + 1
        self.times[number] = {"sent": _now_us()}
        await self.order(("travel", {"x": 10.0 + number % 500, "y": 200.0}))
        await until(lambda: self.decided == self.sent)

    async def hear(self, message: Any) -> None:
        if isinstance(message, Receipt):
            for item in message.commands:
                self.times[item.seq].setdefault("receipt", _now_us())
        elif isinstance(message, OutcomeSent) and message.seq is not None:
            self.times[message.seq].setdefault("outcome", _now_us())
        await super().hear(message)


def _now_us() -> int:
    return time_ns() // 1_000


async def play(addresses: Sequence[str], commands: int) -> list[Timed]:
    """Let a player on each socket send one command after another."""
    async with AsyncExitStack() as stack:
        players, listening = [], []
        for address in addresses:
            socket = await stack.enter_async_context(
                connect(address, max_size=None, open_timeout=60, ping_interval=None)
            )
            players.append(Timed(socket))
            listening.append(asyncio.create_task(players[-1].listen()))
        for player in players:
            await asyncio.wait_for(player.welcome.wait(), 60)

        async def sends(player: Timed) -> None:
            for _ in range(commands):
                await player.travel()
                await asyncio.sleep(0.2)

        await asyncio.gather(*(sends(player) for player in players))
        for task in listening:
            task.cancel()
        return players


def measure(stack: Stack, players: int, commands: int) -> list[dict[str, int]]:
    """Return the instants of every command."""
    stack.ledgerquest("tenant", "add", TENANT)
    token = stack.token(TENANT, "operator", "operator", "author")
    addresses = [stack.socket(token, f"w{number}") for number in range(players)]
    return [
        times
        for player in asyncio.run(play(addresses, commands))
        for times in player.times.values()
    ]


def durations(stack: Stack, function: str) -> list[float]:
    """Return how long the calls of a function took, in milliseconds, cold ones included."""
    logs = stack.client("logs").get_paginator("filter_log_events")
    pages = logs.paginate(logGroupName=f"/aws/lambda/lqe-{function}")
    said = (event["message"] for page in pages for event in page["events"])
    return [float(took[1]) for took in map(_TOOK.match, said) if took is not None]


def table(rows: Mapping[str, Sequence[float]]) -> str:
    """Return percentiles of what was measured in milliseconds, as a table in Markdown."""
    lines = ["| | n | " + " | ".join(f"p{p}" for p in _PERCENT) + " |", "|---|---|---|---|"]
    for name, measured in rows.items():
        took = sorted(measured)
        cells = [f"{took[min(len(took) - 1, len(took) * p // 100)]:.0f} ms" for p in _PERCENT]
        lines.append(f"| {name} | {len(took)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def stages(found: Sequence[dict[str, int]]) -> dict[str, list[float]]:
    """Return how long each stage of each command took, in milliseconds."""
    return {
        name: [(times[ends] - times[begins]) / 1_000 for times in found]
        for name, begins, ends in STAGES
    }


def main() -> None:
    """Make a stack, play on it, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--players", type=int, default=5, help="each in a world of its own")
    parser.add_argument("--commands", type=int, default=200, help="of each player")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, local_stack(Path(folder)) as stack:
        found = measure(stack, asked.players, asked.commands + _WARM_UP)
        functions = {f"`{name}` itself": durations(stack, name) for name in _FUNCTIONS}
    found.sort(key=lambda times: times["sent"])
    warm = found[_WARM_UP * asked.players :]
    print(f"the first {_WARM_UP} commands of each player:\n")  # noqa: T201
    print(table(stages(found[: _WARM_UP * asked.players])))  # noqa: T201
    print(f"\nthe {len(warm)} after them:\n")  # noqa: T201
    print(table(stages(warm) | functions))  # noqa: T201


if __name__ == "__main__":
    main()
