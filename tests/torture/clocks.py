"""Clocks: the machine's clock is set, drifts, is wrong at a start; worlds go on at their rate."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec

from tests.torture.asking import ask, figure
from tests.torture.figures import Figures, keep_quiet
from tests.torture.judge import Judged, judge
from tests.torture.player import Player
from tests.torture.process import ServerProcess
from tests.torture.wrong_clock import WrongClock

_HOUR_S = 3_600.0
_LOOKS_EVERY_S = 0.02
_TICK_US = 16_000
# Of the ticks that should pass: beside other work a machine is late now and then.
_AT_ITS_RATE = (0.7, 1.3)
_LONGEST_S = 2.0


class Clocks(Figures, kw_only=True):
    """The figures of a campaign."""

    leaps: int = 0
    told: int = 0
    drifted_s: float = 0.0
    longest_still_s: float = 0.0
    slowest_rate: float = 1.0
    fastest_rate: float = 1.0
    judged: Judged = msgspec.field(default_factory=Judged)


class _Campaign:
    def __init__(self, folder: Path, seconds: float, say: Callable[[str], None]) -> None:
        self.seconds = seconds
        self.clock = WrongClock(folder / "clock")
        environment = self.clock.environment
        self.server = ServerProcess(folder / "data", environment=environment)
        self.player = Player("w1", "ann")
        self.found = Clocks()
        self.say = say

    async def watch(self, what: str, times: int = 1) -> None:
        """Watch the world's ticks for a while; note how long they stood and how fast they were."""
        seconds = self.seconds * times
        loop = asyncio.get_running_loop()
        begun, first = loop.time(), self.player.tick
        moved, last = begun, first
        while loop.time() - begun < seconds:
            await asyncio.sleep(_LOOKS_EVERY_S)
            if self.player.tick != last:
                moved, last = loop.time(), self.player.tick
            self.found.longest_still_s = max(self.found.longest_still_s, loop.time() - moved)
        rate = (last - first) * _TICK_US / 1e6 / (loop.time() - begun)
        self.found.slowest_rate = min(self.found.slowest_rate, rate)
        self.found.fastest_rate = max(self.found.fastest_rate, rate)
        self.player.order(("add", {"points": 1}))
        self.say(f"{what}: {rate:.2f} of its rate")

    async def start(self) -> None:
        """Start the server and come in."""
        await asyncio.to_thread(self.server.start)
        await self.player.connect(self.server.url)
        await asyncio.sleep(1.0)

    async def stop(self) -> None:
        """Leave, and stop the server as an operator does."""
        for _ in range(500):
            if not self.player.pending:
                break
            await asyncio.sleep(0.02)
        self.player.look()
        self.player.leave()
        if await asyncio.to_thread(self.server.stop) != 0:
            self.found.wrong.append("the server did not stop in order")


async def campaign(
    folder: Path, *, times: int, seconds: float, say: Callable[[str], None] = keep_quiet
) -> Clocks:
    """Set the clock `times` in each way, watching for `seconds` after each; judge the log."""
    it = _Campaign(folder, seconds, say)
    try:
        await it.start()
        await it.watch("before")
        for _ in range(times):
            for ahead_s in (3 * _HOUR_S, 0.0, -3 * _HOUR_S, 0.0, 1.0, 0.0, -1.0, 0.0):
                it.clock.set(ahead_s)
                it.found.leaps += 1
                await it.watch(f"{ahead_s:+.0f} s")
        await _drift(it, times)
        it.found.told = round(await figure(it.server.url, "lqe_clock_leaps_total"))
        status, _ = await ask(it.server.url, "GET", "/v1/health")
        if status != 200:
            it.found.wrong.append(f"health answers {status}")
        it.clock.set(3 * _HOUR_S)
        await it.watch("+3 h, before a stop")
        await it.stop()
        it.clock.set(0.0)
        await it.start()
        await it.watch("put right, and started again")
        await it.stop()
    finally:
        it.server.end()
    return _sum_up(it)


async def _drift(it: _Campaign, times: int) -> None:
    """Let the clock run away by an hour, in steps too small to be leaps where there is the time."""
    steps = max(1, round(it.seconds * times / 0.1))

    async def run_away() -> None:
        for step in range(1, steps + 1):
            it.found.drifted_s = _HOUR_S * step / steps
            it.clock.set(it.found.drifted_s)
            await asyncio.sleep(0.1)

    drifting = asyncio.create_task(run_away())
    await it.watch("an hour's drift", times)
    await drifting
    it.clock.set(0.0)
    await it.watch("put right")


def _sum_up(it: _Campaign) -> Clocks:
    found = it.found
    found.judged = judge(it.server.data, [it.player])
    found.wrong += found.judged.wrong
    if found.longest_still_s > _LONGEST_S:
        found.wrong.append(f"a world stood still for {found.longest_still_s:.1f} s")
    slowest, fastest = _AT_ITS_RATE
    if found.slowest_rate < slowest or found.fastest_rate > fastest:
        rates = f"{found.slowest_rate:.2f} to {found.fastest_rate:.2f}"
        found.wrong.append(f"time passed at {rates} of its rate")
    # The server looks once a second: of two leaps in one there may be nothing to see.
    if found.told < (found.leaps if it.seconds > 1 else 1):
        found.wrong.append(f"{found.told} of {found.leaps} leaps were told")
    if it.player.pending or it.player.rejections:
        found.wrong.append(f"without a receipt: {it.player.pending}, {it.player.rejections}")
    return found
