"""Fairness: one tenant at its limit from many players, and another that does not notice."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tests.torture.figures import Figures, keep_quiet, percentile_ms
from tests.torture.judge import judge
from tests.torture.player import Player
from tests.torture.process import GAMES, ServerProcess

_LIMIT = 300
_GREEDY = 60
_PACE_S = 0.02
_WORLDS = 4


class Fair(Figures, kw_only=True):
    """The figures of a campaign. Times are those of the tenant that floods nothing."""

    limit_a_second: int = _LIMIT
    alone_p50_ms: float = 0.0
    alone_p99_ms: float = 0.0
    beside_p50_ms: float = 0.0
    beside_p99_ms: float = 0.0
    flood_sent: int = 0
    flood_recorded: int = 0
    flood_too_fast: int = 0
    flood_recorded_a_second: float = 0.0
    rejected: int = 0


def flood(url: str, seconds: float) -> tuple[int, int, int]:
    """Send far more than tenant `a` may, in a process of its own.

    Returns how many commands were sent, recorded, and rejected as too fast.
    """
    return asyncio.run(_flood(url, seconds))


async def _flood(url: str, seconds: float) -> tuple[int, int, int]:
    players = [Player(f"w{n % _WORLDS}", f"g{n}", tenant="a") for n in range(_GREEDY)]
    await asyncio.gather(*(p.connect(url) for p in players))
    until = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < until:
        for player in players:
            player.order(("write", {"text": "mine"}))
            await asyncio.sleep(0.0005)
    await asyncio.sleep(0.5)
    recorded = sum(len(p.receipts) for p in players)
    too_fast = sum(len(p.rejections) for p in players)
    return sum(p.seq for p in players), recorded, too_fast


async def campaign(
    folder: Path, *, seconds: float, say: Callable[[str], None] = keep_quiet
) -> Fair:
    """Let tenant `b` play alone, then beside `a` at its limit; compare."""
    found = Fair()
    options = ["--tenant", "a", "--tenant", "b", "--tenant-rate", f"{_LIMIT}"]
    server = ServerProcess(folder / "data", GAMES / "board", options)
    await asyncio.to_thread(server.start)
    players = [Player(f"w{n % _WORLDS}", f"p{n}", tenant="b") for n in range(8)]
    try:
        for player in players:
            await player.connect(server.url)
        await _play(players, seconds / 2)
        alone = await _play(players, seconds)
        say("alone")
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
            flooding = other.submit(flood, server.url, seconds + 2.0)
            await asyncio.sleep(2.0)
            beside = await _play(players, seconds)
            sent, recorded, too_fast = await asyncio.wrap_future(flooding)
        found.alone_p50_ms, found.alone_p99_ms = (percentile_ms(alone, p) for p in (50, 99))
        found.beside_p50_ms, found.beside_p99_ms = (percentile_ms(beside, p) for p in (50, 99))
        found.flood_sent, found.flood_recorded, found.flood_too_fast = sent, recorded, too_fast
        found.flood_recorded_a_second = recorded / (seconds + 2.0)
        found.rejected = sum(len(p.rejections) for p in players)
        for player in players:
            player.look()
            player.leave()
        if await asyncio.to_thread(server.stop) != 0 or server.errors():
            found.wrong.append(f"the stop, or stderr: {server.errors()[-2000:]}")
    finally:
        server.end()
    found.wrong += judge(server.data, players).wrong
    if found.beside_p99_ms > max(10.0, found.alone_p99_ms * 1.2):
        found.wrong.append(f"p99 {found.beside_p99_ms:.1f} ms, alone {found.alone_p99_ms:.1f} ms")
    if found.rejected or not too_fast:
        found.wrong.append(f"{found.rejected} rejections here, {too_fast} of the flood")
    if found.flood_recorded_a_second > _LIMIT * 1.3:
        found.wrong.append("the flood was not held to its limit")
    return found


async def _play(players: list[Player], seconds: float) -> list[float]:
    """Send commands at a steady pace for a while; return what their receipts took."""
    for player in players:
        player.latencies_s.clear()
    for number in range(int(seconds / _PACE_S)):
        players[number % len(players)].order(("write", {"text": f"{number}"}))
        await asyncio.sleep(_PACE_S)
    for _ in range(100):
        if not any(p.pending for p in players):
            break
        await asyncio.sleep(0.05)
    return [s for p in players for s in p.latencies_s]
