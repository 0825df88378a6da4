"""Many players in a process of its own: it can be stopped and go on, so it reads or does not."""

import asyncio
import os
import signal
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from tests.torture.player import Player, Seen

_AT_ONCE = 25
# Small, so that it shows soon who does not read.
_BUFFER = 8 * 1024
_LOOKS_EVERY_S = 0.05
_ANSWERS_WITHIN_S = 120.0


class Crowd:
    """Players who only look on, and come back when they lose their connection."""

    def __init__(self, url: str, world: str, count: int) -> None:
        context = get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_look_on, args=(url, world, count, theirs))
        self._process.start()

    async def look(self) -> list[Seen | None]:
        """Return what each of them has in view; None for one whose connection ended.

        Each lets the server hear of it, so that it is not asked whether it is there for a while.
        """
        self._ours.send("look")
        seen: list[Seen | None] = await self.answer()
        return seen

    async def connections(self) -> list[int]:
        """Return how many connections each of them has had."""
        self._ours.send("count")
        counts: list[int] = await self.answer()
        return counts

    async def answer(self) -> list[Any]:
        """Wait for what they say."""
        there = await asyncio.to_thread(self._ours.poll, _ANSWERS_WITHIN_S)
        assert there, "the crowd does not answer"
        said: list[Any] = self._ours.recv()
        return said

    def stop_reading(self) -> None:
        """Stop the process: the system takes in what fits, and nobody reads or answers."""
        self._signal(signal.SIGSTOP)

    def read_on(self) -> None:
        """Let the process go on."""
        self._signal(signal.SIGCONT)

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()

    def _signal(self, number: signal.Signals) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, number)


def _look_on(url: str, world: str, count: int, pipe: Connection) -> None:
    asyncio.run(_all_look_on(url, world, count, pipe))


async def _all_look_on(url: str, world: str, count: int, pipe: Connection) -> None:
    players = [Player(world, f"crowd-{number}") for number in range(count)]
    for first in range(0, count, _AT_ONCE):
        await asyncio.gather(
            *(p.connect(url, buffer=_BUFFER) for p in players[first : first + _AT_ONCE])
        )
    pipe.send([])
    while True:
        await asyncio.sleep(_LOOKS_EVERY_S)
        lost = [p for p in players if not _is_there(p)][:_AT_ONCE]
        coming = (p.connect(url, buffer=_BUFFER) for p in lost)
        await asyncio.gather(*coming, return_exceptions=True)
        if not pipe.poll():
            continue
        if pipe.recv() == "count":
            pipe.send([p.connections for p in players])
            continue
        for link in (p.link for p in players if p.link is not None):
            link.send(b'{"type":"heartbeat"}')
        pipe.send([p.look() if _is_there(p) else None for p in players])


def _is_there(player: Player) -> bool:
    return player.link is not None and player.link.transport is not None
