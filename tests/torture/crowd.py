"""Many players in a process of its own: it can be stopped and go on, so it reads or does not."""

import asyncio
import os
import signal
from multiprocessing import get_context
from multiprocessing.connection import Connection

from tests.torture.player import Player, Seen

_AT_ONCE = 25
# Small, so that it shows soon who does not read.
_BUFFER = 8 * 1024
_LOOKS_EVERY_S = 0.05
_ANSWERS_WITHIN_S = 120.0


class Crowd:
    """Players who only look on."""

    def __init__(self, url: str, world: str, count: int) -> None:
        context = get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_look_on, args=(url, world, count, theirs))
        self._process.start()

    async def ask(self, what: str) -> list[Seen | None]:
        """Return what each of them has in view; None for one whose connection ended.

        Each lets the server hear of it, so that it is not asked whether it is there for a while.
        """
        self._ours.send(what)
        return await self.answer()

    async def answer(self) -> list[Seen | None]:
        """Wait for what they say."""
        there = await asyncio.to_thread(self._ours.poll, _ANSWERS_WITHIN_S)
        assert there, "the crowd does not answer"
        seen: list[Seen | None] = self._ours.recv()
        return seen

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
        if pipe.poll() and pipe.recv() == "look":
            for link in (p.link for p in players if p.link is not None):
                link.send(b'{"type":"heartbeat"}')
            connected = [p for p in players if p.link is not None and p.link.transport is not None]
            pipe.send([p.look() if p in connected else None for p in players])
