"""Soak: everything together for long: attacks, kills, clocks that are set, a disk that fills."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

import msgspec

from tests.torture import attacks
from tests.torture.disk import full, may_mount, mounted
from tests.torture.figures import Figures, keep_quiet
from tests.torture.kill import Campaign, Killed, sum_up
from tests.torture.process import ServerProcess
from tests.torture.wrong_clock import WrongClock

_DISK_MB = 512
_MOST_MB = 300.0
_LOOKS_EVERY_S = 1.0
_ATTACKS_FOR_S = 4.0
_FULL_FOR_S = 3.0
_LEAPS_S = (3 * 3_600.0, -3 * 3_600.0, 1.0, -1.0, 0.0)
_REJECTED_AS = ("too_fast", "unavailable", "overloaded")


class Soaked(Figures, kw_only=True):
    """The figures of a campaign: what was done how often, and the most memory that was held."""

    minutes: float
    done: dict[str, int] = {}
    most_mb: float = 0.0
    mb_by_quarter: list[float] = []
    played: Killed = msgspec.field(default_factory=Killed)


class _Soak(Campaign):
    def __init__(
        self, disk: Path, clock: WrongClock, players: int, seed: int, say: Callable[[str], None]
    ) -> None:
        options = ["--tenant", "local", "--tenant", attacks.TENANT, "--workers", "2"]
        data, errors = disk / "data", disk.parent / "soak.errors"
        server = ServerProcess(data, options=options, errors=errors, environment=clock.environment)
        super().__init__(server, seed, players, say)
        self.clock = clock
        self.ways = {
            "attack": self.attack,
            "worker killed": self.kill_worker,
            "server killed": self.kill_server,
            "clock set": self.set_clock,
            "disk full": self.fill_disk,
            "calm": self.outcomes_come,
        }

    async def attack(self) -> None:
        """Let one attack run in a process of its own."""
        name = self.chance.choice(list(attacks.ATTACKS))
        loop = asyncio.get_running_loop()
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
            await loop.run_in_executor(other, attacks.run, name, self.server.url, _ATTACKS_FOR_S)

    async def set_clock(self) -> None:
        """Set the machine's clock, by hours or a second, or right."""
        self.clock.set(self.chance.choice(_LEAPS_S))
        await asyncio.sleep(self.chance.uniform(0.5, 3.0))

    async def fill_disk(self) -> None:
        """Let the disk be full for a while."""
        async with full(self.server):
            await asyncio.sleep(_FULL_FOR_S)


async def campaign(
    folder: Path,
    *,
    minutes: float,
    players: int,
    seed: int = 1,
    say: Callable[[str], None] = keep_quiet,
) -> Soaked:
    """Do one thing after the other to a server while players play; judge every log at the end."""
    found = Soaked(minutes=minutes, done={})
    disk = folder / "disk"
    forbidden = may_mount(disk)
    if forbidden:
        raise OSError(forbidden)
    with mounted(disk, _DISK_MB):
        it = _Soak(disk, WrongClock(folder / "clock"), players, seed, say)
        await asyncio.to_thread(it.server.start)
        playing = [asyncio.create_task(it.play(player)) for player in it.players]
        playing.append(asyncio.create_task(it.open_worlds()))
        watching = asyncio.create_task(_watch(it, found))
        try:
            await _trouble(it, found)
            await _end(it, found)
        finally:
            it.playing = False
            watching.cancel()
            await asyncio.gather(*playing, watching, return_exceptions=True)
            it.server.end()
        found.played = sum_up(it, allowed=_REJECTED_AS)
    found.wrong += found.played.wrong
    if found.most_mb > _MOST_MB:
        found.wrong.append(f"{found.most_mb:.0f} MB were held")
    return found


async def _trouble(it: _Soak, found: Soaked) -> None:
    loop = asyncio.get_running_loop()
    over = loop.time() + found.minutes * 60
    while loop.time() < over:
        name = it.chance.choice(list(it.ways))
        await it.ways[name]()
        found.done[name] = found.done.get(name, 0) + 1
        await asyncio.sleep(it.chance.uniform(0.2, 2.0))
        if sum(found.done.values()) % 20 == 0:
            it.say(f"{(over - loop.time()) / 60:.1f} minutes to go: {found.done}")


async def _end(it: _Soak, found: Soaked) -> None:
    """Put everything right, let everybody hear what became of what they sent, and stop."""
    it.clock.set(0.0)
    await it.until_they_play()
    await it.outcomes_come()
    for player in it.players:
        player.look()
    it.playing = False
    if await asyncio.to_thread(it.server.stop) != 0:
        found.wrong.append("the server did not stop in order")


async def _watch(it: _Soak, found: Soaked) -> None:
    """Note the most memory of each quarter of the time."""
    loop = asyncio.get_running_loop()
    begun, lasts = loop.time(), found.minutes * 60
    while True:
        with suppress(AssertionError):  # between two processes there is none
            mb = it.server.rss_mb()
            quarter = min(3, int(4 * (loop.time() - begun) / lasts))
            found.mb_by_quarter += [0.0] * (quarter + 1 - len(found.mb_by_quarter))
            found.mb_by_quarter[quarter] = max(found.mb_by_quarter[quarter], mb)
            found.most_mb = max(found.most_mb, mb)
        await asyncio.sleep(_LOOKS_EVERY_S)
