"""One process that folds: its link, its mark, and how it ended."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from typing import Final, cast

import msgspec
from msgspec.structs import replace

from lqe.handlers.append.handler import Appended

from .link import (
    GARBLED,
    WHERE,
    Finish,
    Finished,
    Garbled,
    Start,
    Stored,
    ToServer,
    ToWorker,
    Unpacker,
    pack,
)
from .mark import Mark, Marked, shared_file
from .vitals import data_bytes, processor_s
from .watch import Watch

# What may wait for a worker that does not keep up, in bytes; then it is told only how far to fold.
_MOST_UNREAD: Final = 8 * 1024 * 1024
_ENDS_WITHIN_S: Final = 5.0
_OTHERS_SEND: Final = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
Key = tuple[str, str]
Hear = Callable[[ToServer], None]


class Death(msgspec.Struct, frozen=True):
    """How a process ended that nobody told to, and what its mark says.

    `by_others` is said of one that somebody else's signal ended: no world does that to itself.
    """

    marked: Marked
    how: str
    by_others: bool = False

    def __str__(self) -> str:
        at = self.marked.position
        return f"{self.how}, {f'at position {at}' if at >= 0 else 'while it was shown'}"


class _Link(asyncio.Protocol):
    """The server's end of one link."""

    def __init__(
        self,
        hear: Hear,
        garbled: Callable[[Garbled], None],
        lost: Callable[[], None],
        drained: Callable[[], None],
    ) -> None:
        self._unpacker: Unpacker[ToServer] = Unpacker(ToServer)
        self._hear = hear
        self._garbled = garbled
        self._lost = lost
        self._drained = drained
        self.transport: asyncio.Transport | None = None
        self.full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(high=_MOST_UNREAD)

    def data_received(self, data: bytes) -> None:
        try:
            for messages in self._unpacker.feed(data):
                for message in messages:
                    self._hear(message)
        except Garbled as error:
            self._garbled(error)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - either way
        self.transport = None
        self._lost()

    def pause_writing(self) -> None:
        self.full = True

    def resume_writing(self) -> None:
        self.full = False
        self._drained()


class WorkerProcess:
    """A process of `lqe.local.worker`. `lost` is called when its link ends before it has finished.

    `over` is set either way.
    """

    def __init__(self, start: Start, hear: Hear, lost: Callable[[], None] = lambda: None) -> None:
        self._start = start
        self._hear = hear
        self._on_lost = lost
        self._loop = asyncio.get_running_loop()
        self._link: _Link | None = None
        self._waiting: list[ToWorker] = []
        self._missed: dict[Key, int] = {}
        self._ended_for = ""
        self._asked = False
        self.watch = Watch()
        self.finished = False
        self.over = asyncio.Event()

    async def begin(self, briefing: Iterable[ToWorker]) -> None:
        """Start the process and tell it where things stand; raise OSError if there is no room."""
        file = shared_file()
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        try:
            self._mark = Mark(file)
            self._process = self._spawn(theirs.fileno(), file)
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
            os.close(file)
        _, self._link = await self._loop.create_unix_connection(
            lambda: _Link(self._hear_of, self._garbled, self._lost, self._catch_up), sock=ours
        )
        self._waiting = [*briefing]
        self.flush()

    def _spawn(self, link: int, mark: int) -> subprocess.Popen[bytes]:
        start = msgspec.json.encode(replace(self._start, parent=os.getpid())).decode()
        return subprocess.Popen(  # noqa: S603 - this interpreter, our own module
            [sys.executable, "-P", "-m", "lqe.local.worker", str(link), str(mark), start],
            pass_fds=[link, mark],
            stdin=subprocess.DEVNULL,
        )

    # What it is told

    def say(self, message: ToWorker) -> None:
        """Let the process hear a message, with the others of this round."""
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
        self._catch_up()
        self.say(Finish())

    def _catch_up(self) -> None:
        missed, self._missed = self._missed, {}
        for key, first in missed.items():
            self.say(Stored(Appended(*key, first), 0))

    # What it says

    def _hear_of(self, message: ToServer) -> None:
        if isinstance(message, Finished):
            self.finished = True
            self.over.set()
        else:
            self._hear(message)

    def _garbled(self, error: Garbled) -> None:
        self.kill(f"said what nobody understands ({error})")
        if self._link is not None and self._link.transport is not None:
            self._link.transport.abort()

    def _lost(self) -> None:
        self._link = None
        self.over.set()
        if not self.finished:
            self._on_lost()

    # How it is

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    def look(self, patience_s: float) -> None:
        """End the process if it is stuck in one world, or has taken nearly all that it may.

        One that is stuck says before on its error output in which line of code it is.
        """
        if not self.runs:
            return
        stuck_s = self.watch.look(self._mark.read(), processor_s(self.pid), self._loop.time())
        if stuck_s >= patience_s and not self._asked:
            self._asked = True
            self._process.send_signal(WHERE)
        elif stuck_s >= patience_s:
            self.kill(f"did not come back from it within {patience_s:g} seconds")
        elif self._start.most_bytes and data_bytes(self.pid) > _full(self._start.most_bytes):
            self.kill(f"needed more than {_full(self._start.most_bytes) >> 20} MB of memory")

    def stuck(self, least_s: float) -> Marked | None:
        """Return what the process has been at for that long, if it has."""
        return self._mark.read() if self.watch.stuck_s >= least_s and self.runs else None

    def kill(self, why: str) -> None:
        """End the process at once; `why` is what it did."""
        self._ended_for = self._ended_for or why
        self._process.kill()

    def death(self) -> Death:
        """Wait for the process to be gone, and say how it ended."""
        self.end(0)
        code = self._process.returncode
        if code == GARBLED:
            return Death(Marked(), "was told what it did not understand")
        how = f"was ended by {_signal(-code)}" if code < 0 else f"ended with exit code {code}"
        by_others = -code in _OTHERS_SEND and not self._ended_for
        return Death(self._mark.read(), self._ended_for or how, by_others)

    def end(self, within_s: float = _ENDS_WITHIN_S) -> None:
        """Wait for the process to be gone."""
        try:
            self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.kill("did not end")
            self._process.wait()


def _full(most_bytes: int) -> int:
    """Return from when on a process is ended from outside, before it gets no more memory."""
    return most_bytes * 4 // 5


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
