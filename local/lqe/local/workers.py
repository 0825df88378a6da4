"""The server's side of its fold workers: who folds which world, and a new one for one that died."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from typing import Final
from zlib import crc32

from msgspec.structs import replace

from lqe.names import group

from .link import Start, ToWorker
from .mark import Marked
from .process import Death, Hear, WorkerProcess
from .watch import LOOKS_EVERY_S

_RESTART_S: Final = 0.2
# One that dies as soon as it runs is started again ever more slowly.
_SLOWEST_RESTART_S: Final = 10.0
_LIVED_S: Final = 10.0
_ENDS_WITHIN_S: Final = 60.0
# From this share of the patience on, whoever asks is told.
_STUCK_AFTER: Final = 0.4
# Everything that a worker has to know to begin, in order.
Briefing = Callable[[int], Iterable[ToWorker]]
# Hears how a worker ended; says whether it is known why, so that the next one has a better chance.
Died = Callable[[Death], bool]


class _Worker:
    """One worker process, and whichever takes its place."""

    def __init__(
        self, start: Start, hear: Hear, brief: Callable[[], Iterable[ToWorker]], died: Died
    ) -> None:
        self._start = start
        self._hear = hear
        self._brief = brief
        self._died = died
        self._loop = asyncio.get_running_loop()
        self._ending = False
        self.process: WorkerProcess | None = None
        self.starts = 0
        self._started_at = 0.0
        self._pause_s = _RESTART_S

    async def begin(self) -> None:
        """Start the process and tell it where things stand."""
        process = WorkerProcess(self._start, self._hear, self._lost)
        await process.begin(self._brief())
        self.process = process
        self.starts += 1
        self._started_at = self._loop.time()

    def say(self, message: ToWorker) -> None:
        """Let the worker hear a message; whoever takes its place is told how things stand."""
        if self.process is not None:
            self.process.say(message)

    async def finish(self) -> None:
        """Let it fold what was stored, let everything out, and end."""
        self._ending = True
        if self.process is not None:
            self.process.finish()
            await self.process.over.wait()

    def _lost(self) -> None:
        if not self._ending:
            self._loop.call_later(_RESTART_S, self._bury)

    def _bury(self) -> None:
        """Find out how the process ended, and let another take its place."""
        if self._ending or self.process is None:
            return
        process, self.process = self.process, None
        is_known = self._died(process.death())
        lived = self._loop.time() - self._started_at >= _LIVED_S
        if is_known or lived:
            self._pause_s = _RESTART_S
        self._again()

    def _again(self) -> None:
        self._loop.call_later(self._pause_s, self._start_again)
        self._pause_s = min(_SLOWEST_RESTART_S, self._pause_s * 2)

    def _start_again(self) -> None:
        if not self._ending:
            self._starting = self._loop.create_task(self._begin_again())

    async def _begin_again(self) -> None:
        """Start the process; if the system has no room for one now, a little later."""
        try:
            await self.begin()
        except OSError:
            self._again()

    def end(self) -> None:
        """Wait for the process to be gone."""
        if self.process is not None:
            self.process.end()


class Workers:
    """All workers of a server. A world is folded by one of them, always the same.

    One that is stuck in a world for `patience_s` seconds of a processor is ended from outside, and
    one that takes more than its `start` allows.
    """

    def __init__(self, start: Start, count: int, patience_s: float) -> None:
        self._start = start
        self._patience_s = patience_s
        self.count = count
        self._workers: list[_Worker] = []
        self._alone: WorkerProcess | None = None
        self._watching: asyncio.Task[None] | None = None

    async def begin(self, hear: Hear, brief: Briefing, died: Died) -> None:
        """Start them all; `hear` is told what they say, `brief` what each begins with."""
        self._hear = hear
        for number in range(self.count):
            worker = _Worker(self._start, hear, lambda number=number: brief(number), died)  # type: ignore[misc]
            self._workers.append(worker)
        await asyncio.gather(*(worker.begin() for worker in self._workers))
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(min(LOOKS_EVERY_S, self._patience_s / 4))
            for process in self._processes():
                process.look(self._patience_s)

    def _processes(self) -> list[WorkerProcess]:
        found = [worker.process for worker in self._workers]
        return [process for process in (*found, self._alone) if process is not None]

    async def try_alone(self, briefing: Iterable[ToWorker]) -> Death | None:
        """Fold what a briefing names in a process that has nothing else to do.

        Returns how that ended, None if it came to the end of it.
        """
        process = WorkerProcess(replace(self._start, alone=True), self._hear)
        try:
            await process.begin(briefing)
        except OSError as error:
            return Death(Marked(), f"could not be started: {error}")
        self._alone = process
        process.finish()
        try:
            await process.over.wait()
        except asyncio.CancelledError:
            process.kill("was ended with the server")
            raise
        finally:
            self._alone = None
        if not process.finished:
            return process.death()
        process.end()
        return None

    def number(self, tenant: str, world: str) -> int:
        """Return which worker folds a world."""
        return crc32(group(tenant, world).encode()) % self.count

    def say(self, tenant: str, world: str, message: ToWorker) -> None:
        """Let the worker of a world hear a message."""
        self._workers[self.number(tenant, world)].say(message)

    def is_behind(self, tenant: str, world: str) -> bool:
        """Say whether the worker of a world does not keep up."""
        process = self._workers[self.number(tenant, world)].process
        return process is not None and process.is_behind

    @property
    def restarts(self) -> int:
        """How many workers took the place of one that died."""
        return sum(worker.starts - 1 for worker in self._workers if worker.starts)

    @property
    def processes(self) -> list[int]:
        """The process ids of the workers that run."""
        return [w.process.pid for w in self._workers if w.process and w.process.runs]

    def problems(self) -> list[str]:
        """Say which workers are not there, and which do not come back from a world."""
        missing = self.count - len(self.processes)
        found = [f"{missing} of {self.count} workers do not run"] if missing > 0 else []
        for process in self._processes():
            marked = process.stuck(self._patience_s * _STUCK_AFTER)
            if marked is not None:
                found.append(
                    f"a worker does not come back from position {marked.position} of world "
                    f"{marked.world} of {marked.tenant}: it is ended soon"
                )
        return found

    async def finish(self) -> None:
        """Let all of them fold what was stored, and end."""
        finishing = [worker.finish() for worker in self._workers]
        with contextlib.suppress(TimeoutError):  # what they do not fold, the next start does
            await asyncio.wait_for(asyncio.gather(*finishing), _ENDS_WITHIN_S)
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(None, w.end) for w in self._workers))
        if self._watching is not None:
            self._watching.cancel()
