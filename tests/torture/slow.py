"""Slow and gone: clients that stop reading, vanish, or never say anything.

They cost a bounded amount of memory, nobody else waits for them, those that read again are in
step, and those that are gone are closed.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlsplit

from tests.torture.asking import figure
from tests.torture.crowd import Crowd
from tests.torture.figures import Figures, keep_quiet, percentile_ms
from tests.torture.flood import flood
from tests.torture.judge import judge
from tests.torture.player import Player, Seen
from tests.torture.process import GAMES, ServerProcess

_SHORT, _LONG = 200, 30_000
_BEHIND_WITHIN_S = 35.0
_CLOSED_WITHIN_S = 120.0
# First they read what the system held for them, megabytes each.
_IN_STEP_WITHIN_S = 60.0
# Nobody who was silent for less is closed.
_PATIENT_S = 45.0
_SILENT_WITHIN_S = 15.0
_PACE_S = 0.05
# What waits for each client that does not read, in MB, with what Python adds.
_EACH_MB = 0.45
_SOME_MB = 30.0
_FLOODERS = 20


class Slow(Figures, kw_only=True):
    """The figures of a campaign. Times are those of players who read."""

    clients: int
    alone_p99_ms: float = 0.0
    all_read_p99_ms: float = 0.0
    none_reads_p99_ms: float = 0.0
    flooded_p99_ms: float = 0.0
    rss_alone_mb: float = 0.0
    rss_all_read_mb: float = 0.0
    rss_none_reads_mb: float = 0.0
    rss_flooded_mb: float = 0.0
    flooded_mb: float = 0.0
    behind: float = 0.0
    behind_after_s: float = 0.0
    in_step_again: int = 0
    came_back: int = 0
    in_step_after_s: float = 0.0
    half_open: int = 0
    half_open_closed_s: float = 0.0
    gone_closed_s: float = 0.0


class _Campaign:
    def __init__(self, folder: Path, clients: int) -> None:
        self.found = Slow(clients=clients)
        self.server = ServerProcess(folder / "data", GAMES / "board", ["--player-rate", "60"])
        self.players = [Player("w0" if n < 3 else "w1", f"p{n}") for n in range(5)]
        self._writing = 0

    async def write(self, seconds: float, size: int = _SHORT) -> float:
        """Let the players write for a while; return the p99 of their receipts."""
        for player in self.players:
            player.latencies_s.clear()
        for _ in range(int(seconds / _PACE_S)):
            self._writing += 1
            text = f"{self._writing} " * (size // 6)
            player = self.players[self._writing % len(self.players)]
            player.order(("write", {"text": text}))
            await asyncio.sleep(_PACE_S)
        for _ in range(200):
            if not any(p.pending for p in self.players):
                break
            await asyncio.sleep(0.05)
        return percentile_ms([s for p in self.players for s in p.latencies_s], 99)

    async def until(
        self, name: str, within: Callable[[float], bool], most_s: float, size: int = _SHORT
    ) -> tuple[float, float]:
        """Write until a figure is as it has to be; return how long that took, and what it is."""
        clock = asyncio.get_running_loop().time
        start = clock()
        while not within(value := await figure(self.server.url, name)):
            if clock() - start > most_s:
                self.found.wrong.append(f"{name} is {value} after {most_s} s")
                break
            await self.write(0.5, size)
        return clock() - start, value

    def compare(self, what: str, now_ms: float, before_ms: float, least_ms: float = 10.0) -> None:
        """Note a p99 that is above the least and more than a tenth above what it was."""
        if now_ms > max(least_ms, before_ms * 1.1):
            self.found.wrong.append(f"{what}: p99 {now_ms:.1f} ms, before {before_ms:.1f} ms")


async def campaign(
    folder: Path, *, clients: int, seconds: float = 10.0, say: Callable[[str], None] = keep_quiet
) -> Slow:
    """Go through all of it; return what was found."""
    it = _Campaign(folder, clients)
    found, server = it.found, it.server
    await asyncio.to_thread(server.start)
    crowd = None
    try:
        for player in it.players:
            await player.connect(server.url)
        found.alone_p99_ms = await it.write(seconds)
        found.rss_alone_mb = server.rss_mb()
        crowd = Crowd(server.url, "w0", clients)
        await crowd.answer()
        found.all_read_p99_ms = await it.write(seconds)
        found.rss_all_read_mb = server.rss_mb()
        say("all read")
        stopped_at = await _none_reads(it, crowd, seconds)
        say("none reads")
        await _read_again(it, crowd, stopped_at)
        say("read again")
        await _flooded(it, seconds)
        say("flooded")
        await _gone(it, crowd)
        say("gone")
        for player in it.players:
            player.look()
            player.leave()
        if await asyncio.to_thread(server.stop) != 0 or server.errors():
            found.wrong.append(f"the stop, or stderr: {server.errors()[-2000:]}")
    finally:
        if crowd is not None:
            crowd.end()
        server.end()
    found.wrong += judge(server.data, it.players).wrong
    return found


async def _none_reads(it: _Campaign, crowd: Crowd, seconds: float) -> float:
    """Stop the whole crowd, until the server knows of each that it does not keep up.

    Returns when they stopped.
    """
    found = it.found
    await crowd.look()
    stopped_at = asyncio.get_running_loop().time()
    crowd.stop_reading()
    found.behind_after_s, found.behind = await it.until(
        "lqe_connections_behind", lambda n: n >= found.clients, _BEHIND_WITHIN_S, _LONG
    )
    # Not for long: who answers no ping for most of a minute is closed.
    found.none_reads_p99_ms = await it.write(min(seconds, 10.0))
    found.rss_none_reads_mb = it.server.rss_mb()
    it.compare("beside clients that do not read", found.none_reads_p99_ms, found.all_read_p99_ms)
    grown = found.rss_none_reads_mb - found.rss_all_read_mb
    if grown > _SOME_MB + _EACH_MB * found.clients:
        found.wrong.append(f"clients that do not read hold {grown:.0f} MB")
    return stopped_at


async def _read_again(it: _Campaign, crowd: Crowd, stopped_at: float) -> None:
    """Let the crowd read: each gets a view, and then deltas that fit.

    On a machine so busy that they were silent for long, they are closed, and have to come back.
    """
    clock = asyncio.get_running_loop().time
    silent_s = clock() - stopped_at
    crowd.read_on()
    await it.until("lqe_connections_behind", lambda n: n == 0, _BEHIND_WITHIN_S)
    await it.write(1.0)
    start = clock()
    while clock() - start < _IN_STEP_WITHIN_S and it.found.in_step_again < it.found.clients:
        await asyncio.sleep(0.5)
        ours = it.players[0].look()
        theirs = await crowd.look()
        it.found.in_step_again = sum(_same(seen, ours) for seen in theirs)
    it.found.in_step_after_s = clock() - start
    if it.found.in_step_again < it.found.clients:
        it.found.wrong.append(f"{it.found.in_step_again} of {it.found.clients} are in step again")
    it.found.came_back = sum(count - 1 for count in await crowd.connections())
    if it.found.came_back and silent_s < _PATIENT_S:
        it.found.wrong.append(f"{it.found.came_back} were closed after {silent_s:.0f} s of silence")


def _same(theirs: Seen | None, ours: Seen | None) -> bool:
    return theirs is not None and ours is not None and theirs.world == ours.world


async def _flooded(it: _Campaign, seconds: float) -> None:
    """Let some send control frames and empty parts as fast as they can, and never read."""
    found = it.found
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
        flooding = other.submit(flood, it.server.url, "w1", _FLOODERS, seconds + 6.0)
        await asyncio.sleep(5.0)  # by then what the system holds for them is full
        found.flooded_p99_ms = await it.write(seconds)
        found.rss_flooded_mb = it.server.rss_mb()
        found.flooded_mb = await asyncio.wrap_future(flooding)
    # Who floods takes a processor for itself, of which there may be two.
    it.compare("beside floods", found.flooded_p99_ms, found.all_read_p99_ms, 20.0)
    if found.rss_flooded_mb - found.rss_none_reads_mb > _SOME_MB:
        found.wrong.append("floods of pings fill the memory")


async def _gone(it: _Campaign, crowd: Crowd) -> None:
    """Stop the crowd for good, beside connections that never say anything: all are closed."""
    clock = asyncio.get_running_loop().time
    start = clock()
    crowd.stop_reading()
    half_open = [await _half_open(it.server.url, number) for number in range(100)]
    it.found.half_open = len(half_open)
    for reader, writer in half_open:
        try:
            await asyncio.wait_for(reader.read(-1), _SILENT_WITHIN_S)
        except TimeoutError:
            it.found.wrong.append("a connection that says nothing is not closed")
            break
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()
    it.found.half_open_closed_s = clock() - start
    here = len(it.players)
    await it.until("lqe_connections", lambda n: n <= here, _CLOSED_WITHIN_S)
    it.found.gone_closed_s = clock() - start


async def _half_open(url: str, number: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write((b"", b"GET", b"POST /v1/tickets HTTP/1.1\r\nHost: x\r\nContent-Le")[number % 3])
    return reader, writer
