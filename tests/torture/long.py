"""A long run: players play for an hour, memory is watched, and then every log is verified."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import msgspec

from tests.torture.figures import Figures, keep_quiet, percentile_ms
from tests.torture.judge import Judged, judge
from tests.torture.player import Player
from tests.torture.process import ServerProcess, rss_mb

_ROOM = 20
_AT_ONCE = 25
# What memory may grow by in an hour, in MB, once everybody is there.
_MOST_GROWTH = 30.0


class Long(Figures, kw_only=True):
    """The figures of a run. Slopes are of the second half, in MB an hour."""

    players: int
    minutes: float
    samples: int = 0
    server_first_mb: float = 0.0
    server_last_mb: float = 0.0
    server_slope: float = 0.0
    workers_first_mb: float = 0.0
    workers_last_mb: float = 0.0
    workers_slope: float = 0.0
    receipts: int = 0
    receipts_p50_ms: float = 0.0
    receipts_p99_ms: float = 0.0
    gaps: int = 0
    judged: Judged = msgspec.field(default_factory=Judged)


def slope(samples: list[tuple[float, float]]) -> float:
    """Return how much a figure grows in an hour: least squares over (seconds, figure)."""
    if len(samples) < 2:
        return 0.0
    mean_x = sum(x for x, _ in samples) / len(samples)
    mean_y = sum(y for _, y in samples) / len(samples)
    spread = sum((x - mean_x) ** 2 for x, _ in samples)
    return 3600 * sum((x - mean_x) * (y - mean_y) for x, y in samples) / spread


async def campaign(
    folder: Path,
    *,
    players: int,
    minutes: float,
    every_s: float = 10.0,
    say: Callable[[str], None] = keep_quiet,
) -> Long:
    """Play, watch, stop as an operator does, and judge."""
    found = Long(players=players, minutes=minutes)
    server = ServerProcess(folder / "data")
    await asyncio.to_thread(server.start)
    everybody = [Player(f"w{n // _ROOM}", f"p{n}") for n in range(players)]
    servers: list[tuple[float, float]] = []
    workers: list[tuple[float, float]] = []
    try:
        for first in range(0, players, _AT_ONCE):
            await asyncio.gather(*(p.connect(server.url) for p in everybody[first:][:_AT_ONCE]))
        playing = [asyncio.create_task(_play(player)) for player in everybody]
        clock = asyncio.get_running_loop().time
        start = clock()
        while clock() - start < minutes * 60:
            await asyncio.sleep(every_s)
            now = clock() - start
            servers.append((now, rss_mb(server.pid)))
            workers.append((now, sum(map(rss_mb, server.workers()))))
            say(f"{now:.0f} s: server {servers[-1][1]:.1f} MB, workers {workers[-1][1]:.1f} MB")
        for task in playing:
            task.cancel()
        await asyncio.gather(*playing, return_exceptions=True)
        await asyncio.sleep(2.0)
        for player in everybody:
            player.look()
        if any(p.link is None or p.link.transport is None for p in everybody):
            found.wrong.append("connections ended")
        if await asyncio.to_thread(server.stop) != 0 or server.errors():
            found.wrong.append(f"the stop, or stderr: {server.errors()[-2000:]}")
    finally:
        server.end()
    _sum_up(found, everybody, servers, workers)
    say("judging the logs")
    found.judged = judge(server.data, everybody)
    found.wrong += found.judged.wrong
    return found


async def _play(player: Player) -> None:
    """Send a command a second or so; keep no more of the figures than an hour needs."""
    chance = random.Random(player.name)
    while True:
        await asyncio.sleep(chance.uniform(0.5, 1.5))
        player.order(("add", {"points": chance.randint(1, 9)}))
        del player.seen[:-5]


def _sum_up(
    found: Long,
    everybody: list[Player],
    servers: list[tuple[float, float]],
    workers: list[tuple[float, float]],
) -> None:
    half = len(servers) // 2
    found.samples = len(servers)
    found.server_first_mb, found.server_last_mb = servers[0][1], servers[-1][1]
    found.workers_first_mb, found.workers_last_mb = workers[0][1], workers[-1][1]
    found.server_slope, found.workers_slope = slope(servers[half:]), slope(workers[half:])
    latencies = [s for p in everybody for s in p.latencies_s]
    found.receipts = len(latencies)
    found.receipts_p50_ms, found.receipts_p99_ms = (percentile_ms(latencies, n) for n in (50, 99))
    found.gaps = sum(p.gaps for p in everybody)
    lost = sum(len(p.pending) for p in everybody)
    if lost or found.gaps:
        found.wrong.append(f"{lost} commands without a receipt, {found.gaps} gaps")
    # A short run says nothing of an hour: what grows at first are caches and heads of logs.
    if found.minutes >= 30:
        for what, growth in (("server", found.server_slope), ("workers", found.workers_slope)):
            if growth > _MOST_GROWTH:
                found.wrong.append(f"the {what}'s memory grows by {growth:.0f} MB an hour")
