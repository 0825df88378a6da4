"""The server's side of its fold workers: who folds which world, and a new one for one that died."""

import asyncio
import contextlib
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, cast
from zlib import crc32

import msgspec

from lqe.handlers.append.handler import Appended
from lqe.names import group

from .link import Finish, Finished, Start, Stored, ToServer, ToWorker, Unpacker, pack

# What may wait for a worker that does not keep up, in bytes; then it is told only how far to fold.
_MOST_UNREAD: Final = 8 * 1024 * 1024
_RESTART_S: Final = 0.2
# One that dies as soon as it runs is started again ever more slowly.
_SLOWEST_RESTART_S: Final = 10.0
_LIVED_S: Final = 10.0
_ENDS_WITHIN_S: Final = 60.0
Key = tuple[str, str]
Hear = Callable[[ToServer], None]
# Everything that a worker has to know to begin, in order.
Briefing = Callable[[int], Iterable[ToWorker]]


class _Link(asyncio.Protocol):
    """The server's end of one link."""

    def __init__(self, hear: Hear, lost: Callable[[], None], drained: Callable[[], None]) -> None:
        self._unpacker: Unpacker[ToServer] = Unpacker(ToServer)
        self._hear = hear
        self._lost = lost
        self._drained = drained
        self.transport: asyncio.Transport | None = None
        self.full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(high=_MOST_UNREAD)

    def data_received(self, data: bytes) -> None:
        for messages in self._unpacker.feed(data):
            for message in messages:
                self._hear(message)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - either way
        self.transport = None
        self._lost()

    def pause_writing(self) -> None:
        self.full = True

    def resume_writing(self) -> None:
        self.full = False
        self._drained()


class _Worker:
    """One worker process, and whichever takes its place."""

    def __init__(self, start: Start, hear: Hear, brief: Callable[[], Iterable[ToWorker]]) -> None:
        self._start = start
        self._hear = hear
        self._brief = brief
        self._loop = asyncio.get_running_loop()
        self._link: _Link | None = None
        self._waiting: list[ToWorker] = []
        self._missed: dict[Key, int] = {}
        self._ending = False
        self.process: subprocess.Popen[bytes] | None = None
        self.finished = asyncio.Event()
        self.starts = 0
        self._started_at = 0.0
        self._pause_s = _RESTART_S

    async def begin(self) -> None:
        """Start the process and tell it where things stand."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs:
            self.process = self._spawn(theirs.fileno())
        self.starts += 1
        self._started_at = self._loop.time()
        _, self._link = await self._loop.create_unix_connection(
            lambda: _Link(self._hear_of, self._lost, self._catch_up), sock=ours
        )
        self._missed.clear()
        self._waiting = [*self._brief()]
        self.flush()

    def _spawn(self, link: int) -> subprocess.Popen[bytes]:
        start = msgspec.json.encode(self._start).decode()
        return subprocess.Popen(  # noqa: S603 - this interpreter, our own module
            [sys.executable, "-P", "-m", "lqe.local.worker", str(link), start],
            pass_fds=[link],
            stdin=subprocess.DEVNULL,
        )

    def say(self, message: ToWorker) -> None:
        """Let the worker hear a message, with the others of this round."""
        if self._link is None:
            return  # whoever takes its place is told how things stand
        if self._link.full and isinstance(message, Stored):
            appended = message.appended
            key = (appended.tenant, appended.world)
            self._missed[key] = appended.first + len(appended.events)
            return
        if not self._waiting:
            self._loop.call_soon(self.flush)
        self._waiting.append(message)

    def flush(self) -> None:
        """Send what waits."""
        waiting, self._waiting = self._waiting, []
        if waiting and self._link is not None and self._link.transport is not None:
            self._link.transport.write(pack(waiting))

    @property
    def is_behind(self) -> bool:
        """Whether it does not keep up with what is stored."""
        return self._link is not None and self._link.full

    def finish(self) -> None:
        """Let it fold what was stored, let everything out, and end."""
        self._ending = True
        if self._link is None:
            self.finished.set()
            return
        self._catch_up()
        self.say(Finish())

    def _catch_up(self) -> None:
        missed, self._missed = self._missed, {}
        for key, first in missed.items():
            self.say(Stored(Appended(*key, first), 0))

    def _hear_of(self, message: ToServer) -> None:
        if isinstance(message, Finished):
            self.finished.set()
        else:
            self._hear(message)

    def _lost(self) -> None:
        self._link = None
        if self._ending:
            self.finished.set()
            return
        lived = self._loop.time() - self._started_at >= _LIVED_S
        self._pause_s = _RESTART_S if lived else min(_SLOWEST_RESTART_S, self._pause_s * 2)
        self._loop.call_later(self._pause_s, self._again)

    def _again(self) -> None:
        if not self._ending:
            self._reap(0)
            self._starting = self._loop.create_task(self._begin_again())

    async def _begin_again(self) -> None:
        """Start the process; if the system has no room for one now, a little later."""
        try:
            await self.begin()
        except OSError:
            self._lost()

    def _reap(self, seconds: float) -> None:
        if self.process is not None:
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def end(self) -> None:
        """Wait for the process to be gone."""
        self._reap(5.0)


class Workers:
    """All workers of a server. A world is folded by one of them, always the same."""

    def __init__(self, folder: Path, count: int, *, observed: bool, clock_began_us: int) -> None:
        self._start = Start(str(folder.resolve()), observed, clock_began_us)
        self.count = count
        self._workers: list[_Worker] = []

    async def begin(self, hear: Hear, brief: Briefing) -> None:
        """Start them all; `hear` is told what they say, `brief` what each begins with."""
        for number in range(self.count):
            worker = _Worker(self._start, hear, lambda number=number: brief(number))  # type: ignore[misc]
            self._workers.append(worker)
        await asyncio.gather(*(worker.begin() for worker in self._workers))

    def number(self, tenant: str, world: str) -> int:
        """Return which worker folds a world."""
        return crc32(group(tenant, world).encode()) % self.count

    def say(self, tenant: str, world: str, message: ToWorker) -> None:
        """Let the worker of a world hear a message."""
        self._workers[self.number(tenant, world)].say(message)

    def is_behind(self, tenant: str, world: str) -> bool:
        """Say whether the worker of a world does not keep up."""
        return self._workers[self.number(tenant, world)].is_behind

    @property
    def restarts(self) -> int:
        """How many workers took the place of one that died."""
        return sum(worker.starts - 1 for worker in self._workers if worker.starts)

    @property
    def processes(self) -> list[int]:
        """The process ids of the workers that run."""
        return [w.process.pid for w in self._workers if w.process and w.process.poll() is None]

    async def finish(self) -> None:
        """Let all of them fold what was stored, and end."""
        for worker in self._workers:
            worker.finish()
        waiting = [worker.finished.wait() for worker in self._workers]
        with contextlib.suppress(TimeoutError):  # what they do not fold, the next start does
            await asyncio.wait_for(asyncio.gather(*waiting), _ENDS_WITHIN_S)
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(None, w.end) for w in self._workers))
