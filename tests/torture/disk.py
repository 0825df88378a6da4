"""A disk that is full, read-only or failing in mid-run: nothing false is said, nothing is lost.

Full is a small file system of its own. The other ways are answers that strace gives in the
system's place, to the server and its workers alike.
"""

import asyncio
import errno
import os
import random
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path

import msgspec

from tests.torture.asking import ask, figure
from tests.torture.figures import Figures, keep_quiet
from tests.torture.judge import Judged, judge
from tests.torture.player import Player
from tests.torture.process import ServerProcess
from tests.torture.tracing import traced

_SIZE_MB = 24
_SEEN_WITHIN_S = 30.0
_RATE = 15.0
WRITES = "write,pwrite64,pwritev,ftruncate,fallocate,mkdir,link,linkat,unlink,rename"
SYNCS = "fsync,fdatasync"


class Failed(Figures, kw_only=True):
    """The figures of one way to fail."""

    how: str
    unavailable: int = 0
    other_rejections: dict[str, int] = {}
    receipts_before: int = 0
    receipts_after: int = 0
    health_meanwhile: str = ""
    joined_meanwhile: bool = False
    waiting_at_most: float = 0.0
    said: str = ""
    judged: Judged = msgspec.field(default_factory=Judged)


class Disks(Figures, kw_only=True):
    """The figures of a campaign."""

    ways: list[Failed] = []


def may_mount(folder: Path) -> str:
    """Say why no file system can be mounted here; empty if one can."""
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "lqe-torture", str(folder)]
    tried = subprocess.run(mount, capture_output=True, text=True, check=False)
    if tried.returncode:
        return f"mounting is forbidden here: {tried.stderr.strip()}"
    subprocess.run(["umount", str(folder)], check=True)
    return ""


@asynccontextmanager
async def full(server: ServerProcess) -> AsyncIterator[None]:
    """Let the disk be full until the block ends."""
    ballast = server.data.parent / "ballast"

    async def fill() -> None:
        while True:
            with ballast.open("ab") as file:
                try:
                    while True:
                        file.write(bytes(4096))
                        file.flush()
                except OSError as error:
                    assert error.errno == errno.ENOSPC  # noqa: PT017 - the disk is meant to be full
            await asyncio.sleep(0.05)

    filling = asyncio.create_task(fill())
    try:
        yield
    finally:
        filling.cancel()
        await asyncio.gather(filling, return_exceptions=True)
        ballast.unlink()


@asynccontextmanager
async def answering(server: ServerProcess, calls: str, error: str) -> AsyncIterator[None]:
    """Let calls about the data folder's files fail until the block ends."""
    paths = [str(p) for p in server.data.rglob("*") if p.suffix in (".sqlite", ".sqlite-wal")]
    files = [option for path in paths for option in ("-P", path)]
    inject = ["-e", f"trace={calls}", "-e", f"inject={calls}:error={error}"]
    trace = server.data.parent / "injected"
    async with traced([server.pid, *server.workers()], trace, *files, *inject):
        yield


class _Campaign:
    def __init__(self, folder: Path, how: str, seed: int) -> None:
        self.found = Failed(how=how)
        errors = folder.parent / f"{folder.name}.errors"
        self.server = ServerProcess(folder / "data", options=["--workers", "1"], errors=errors)
        self.chance = random.Random(seed)
        self.players = [Player(f"w{n % 2}", f"p{n}", seed=seed) for n in range(4)]
        self.playing = True

    async def play(self, player: Player) -> None:
        """Play on one connection; what is rejected is sent again, with its number."""
        while self.playing:
            await asyncio.sleep(self.chance.expovariate(_RATE))
            if len(player.pending) < 8:
                player.order(("add", {"points": self.chance.randint(1, 9)}))
            elif self.chance.random() < 0.2:
                player.send_again()

    @property
    def receipts(self) -> int:
        """How many commands were acknowledged so far."""
        return sum(len(p.receipts) for p in self.players)

    @property
    def unavailable(self) -> int:
        """How many commands were rejected because the disk fails."""
        return sum(r.code == "unavailable" for p in self.players for r in p.rejections)

    async def until(self, what: Callable[[], bool], why: str) -> None:
        """Wait for something that has to come."""
        for _ in range(int(_SEEN_WITHIN_S / 0.05)):
            if what():
                return
            await asyncio.sleep(0.05)
        self.found.wrong.append(f"{self.found.how}: it did not come that {why}")


async def fail(
    folder: Path,
    how: str,
    broken: Callable[[ServerProcess], AbstractAsyncContextManager[None]],
    *,
    seconds: float,
    seed: int = 1,
) -> Failed:
    """Play, let the disk fail for a while, mend it, play on, stop, and judge."""
    it = _Campaign(folder, how, seed)
    found = it.found
    await asyncio.to_thread(it.server.start)
    try:
        links = [await p.connect(it.server.url) for p in it.players]
        playing = [asyncio.create_task(it.play(p)) for p in it.players]
        await it.until(lambda: it.receipts > 30, "commands are acknowledged")
        found.receipts_before = it.receipts
        newcomer = Player("w0", "late")
        async with broken(it.server):
            await it.until(lambda: it.unavailable > 5, "commands are rejected")
            joining = asyncio.create_task(newcomer.connect(it.server.url))
            await _meanwhile(it, seconds)
        mended = it.receipts
        await it.until(lambda: it.receipts > mended + 30, "commands are acknowledged again")
        found.receipts_after = it.receipts - mended
        await _joined(it, newcomer, joining)
        it.playing = False
        await asyncio.gather(*playing)
        await it.until(lambda: _all_well(it.players), "everything waiting is acknowledged")
        await _healthy_again(it)
        if any(link.transport is None for link in links):
            found.wrong.append("connections ended")
        for player in it.players:
            player.look()
            player.leave()
        newcomer.leave()
        if await asyncio.to_thread(it.server.stop) != 0:
            found.wrong.append("the server did not stop well")
    finally:
        it.server.end()
    found.said = it.server.errors()[-3000:]
    found.judged = judge(it.server.data, [*it.players, newcomer])
    found.wrong += found.judged.wrong
    found.unavailable = it.unavailable
    for rejected in (r for p in it.players for r in p.rejections if r.code != "unavailable"):
        found.other_rejections[rejected.code] = found.other_rejections.get(rejected.code, 0) + 1
    return found


def _all_well(players: list[Player]) -> bool:
    for player in players:
        player.send_again()
    return not any(p.pending for p in players)


async def _meanwhile(it: _Campaign, seconds: float) -> None:
    """Look at a server whose disk fails: it is there, and says so."""
    it.playing = True
    until = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < until:
        await asyncio.sleep(0.25)
        if not it.server.runs:
            it.found.wrong.append(f"{it.found.how}: the server ended: {it.server.errors()}")
            return
        waiting = await figure(it.server.url, "lqe_intake_waiting")
        it.found.waiting_at_most = max(it.found.waiting_at_most, waiting)
    status, body = await ask(it.server.url, "GET", "/v1/health")
    it.found.health_meanwhile = f"{status} {body.decode()}"
    if status != 503 or b"degraded" not in body:
        it.found.wrong.append(f"{it.found.how}: health said {it.found.health_meanwhile}")


async def _joined(it: _Campaign, newcomer: Player, joining: "asyncio.Task[object]") -> None:
    """Whoever came meanwhile is let in, at once or after asking again."""
    try:
        await joining
        it.found.joined_meanwhile = True
    except (OSError, TimeoutError):
        await newcomer.connect(it.server.url)


async def _healthy_again(it: _Campaign) -> None:
    for _ in range(int(_SEEN_WITHIN_S / 0.25)):
        status, body = await ask(it.server.url, "GET", "/v1/health")
        if status == 200:
            return
        await asyncio.sleep(0.25)
    it.found.wrong.append(f"{it.found.how}: health still says {status} {body.decode()}")


async def campaign(
    folder: Path, *, seconds: float = 20.0, say: Callable[[str], None] = keep_quiet
) -> Disks:
    """Fail in every way that this machine allows."""
    found = Disks()
    if not may_mount(folder / "small"):
        found.ways.append(await full_disk(folder, seconds=seconds))
        say("full")
    for error, calls in (("EROFS", WRITES), ("EIO", SYNCS), ("ENOSPC", WRITES)):
        found.ways.append(await injected(folder, calls, error, seconds=seconds))
        say(error)
    found.wrong = [what for way in found.ways for what in way.wrong]
    return found


async def full_disk(folder: Path, *, seconds: float) -> Failed:
    """Play on a small disk, fill it, and make room again."""
    small = folder / "small"
    small.mkdir(exist_ok=True)
    with mounted(small):
        return await fail(small, "full", full, seconds=seconds)


@contextmanager
def mounted(small: Path, size_mb: int = _SIZE_MB) -> Iterator[None]:
    """Let a folder be a small file system until the block ends."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "lqe-torture", str(small)]
    subprocess.run(mount, check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


async def injected(folder: Path, calls: str, error: str, *, seconds: float) -> Failed:
    """Play while the system answers some calls with an error."""
    own = folder / f"{error}-{os.getpid()}"
    own.mkdir()
    return await fail(
        own, f"{error} of {calls.partition(',')[0]}", lambda s: answering(s, calls, error),
        seconds=seconds,
    )  # fmt: skip
