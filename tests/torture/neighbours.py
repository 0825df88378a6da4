"""Neighbours: strangers and one tenant's players attack; another tenant's players go on."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import msgspec

from tests.torture import attacks
from tests.torture.figures import Figures, keep_quiet, percentile_ms
from tests.torture.judge import judge
from tests.torture.player import Player
from tests.torture.process import ServerProcess

_PACE_S = 0.02
_SETTLES_WITHIN_S = 30.0
_MOST_MB = 300.0
_MOST_MS = 100.0
_QUIET = "quiet"
_DAMAGED = "damaged file"


class Beside(msgspec.Struct):
    """What the others' commands took while something was done, and what memory was held."""

    attacked: int = 0
    receipts_p99_ms: float = 0.0
    outcomes_p99_ms: float = 0.0
    most_mb: float = 0.0


class Neighbours(Figures, kw_only=True):
    """The figures of a campaign, by what was done meanwhile."""

    beside: dict[str, Beside] = {}


class _Campaign:
    def __init__(self, folder: Path, seconds: float, say: Callable[[str], None]) -> None:
        options = ["--tenant", attacks.TENANT, "--tenant", "b", "--workers", "2"]
        self.server = ServerProcess(folder / "data", options=options)
        self.players = [Player(f"w{n % 4}", f"p{n}", tenant="b") for n in range(8)]
        self.seconds = seconds
        self.found = Neighbours()
        self.say = say

    async def play(self, what: str, attacked: "asyncio.Future[int] | None" = None) -> None:
        """Play at a steady pace, and note what it took."""
        beside = self.found.beside[what] = Beside()
        for player in self.players:
            player.latencies_s.clear()
            player.outcomes_s.clear()
        for number in range(round(self.seconds / _PACE_S)):
            self.players[number % len(self.players)].order(("add", {"points": 1}))
            await asyncio.sleep(_PACE_S)
            if number % 10 == 0:
                beside.most_mb = max(beside.most_mb, self.server.rss_mb())
        if attacked is not None:
            beside.attacked = await attacked
        for _ in range(round(_SETTLES_WITHIN_S / 0.05)):
            if not any(p.pending for p in self.players):
                break
            await asyncio.sleep(0.05)
        else:
            self.found.wrong.append(f"{what}: commands without a receipt")
        receipts = [s for p in self.players for s in p.latencies_s]
        beside.receipts_p99_ms = percentile_ms(receipts, 99)
        beside.outcomes_p99_ms = percentile_ms([s for p in self.players for s in p.outcomes_s], 99)
        self.say(
            f"{what}: receipts p99 {beside.receipts_p99_ms:.1f} ms, outcomes p99 "
            f"{beside.outcomes_p99_ms:.1f} ms, {beside.most_mb:.0f} MB, {beside.attacked} through"
        )

    async def attack(self) -> None:
        """Play beside each attack, one after the other."""
        loop = asyncio.get_running_loop()
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
            for name in attacks.ATTACKS:
                run = partial(attacks.run, name, self.server.url, self.seconds + 0.5)
                attacked = loop.run_in_executor(other, run)
                await asyncio.sleep(0.5)
                await self.play(name, attacked)

    async def damage(self) -> None:
        """Spoil the attackers' own log under the running server, and make it notice."""
        log = self.server.data / attacks.TENANT / "log.sqlite"
        with log.open("r+b") as file:
            file.write(b"spoiled" * 1_000)
        attacked = asyncio.ensure_future(attacks.joins(self.server.url, self.seconds))
        await self.play(_DAMAGED, attacked)


async def campaign(
    folder: Path, *, seconds: float, say: Callable[[str], None] = keep_quiet
) -> Neighbours:
    """Let tenant `b` play alone, then beside each attack; compare."""
    it = _Campaign(folder, seconds, say)
    await asyncio.to_thread(it.server.start)
    try:
        for player in it.players:
            await player.connect(it.server.url)
        await it.play(_QUIET)
        await it.play(_QUIET)
        await it.attack()
        await it.damage()
        for player in it.players:
            player.look()
            player.leave()
        if await asyncio.to_thread(it.server.stop) != 0:
            it.found.wrong.append("the server did not stop in order")
    finally:
        it.server.end()
    it.found.wrong += judge(it.server.data, it.players).wrong
    _compare(it.found)
    return it.found


def _compare(found: Neighbours) -> None:
    quiet = found.beside[_QUIET]
    for name, beside in found.beside.items():
        for what in ("receipts_p99_ms", "outcomes_p99_ms"):
            took, alone = getattr(beside, what), getattr(quiet, what)
            if took > _MOST_MS or took > 2 * max(alone, 1.0):
                found.wrong.append(f"{name}: {what} is {took:.1f}, quiet {alone:.1f}")
        if beside.most_mb > _MOST_MB:
            found.wrong.append(f"{name}: {beside.most_mb:.0f} MB")
