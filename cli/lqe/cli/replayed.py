"""A log executed again in a process of its own, so that whatever it does there is a verdict."""

import os
import signal
import tempfile
import time
from collections.abc import Callable
from typing import IO, Final

import msgspec

from lqe.errors import LedgerQuestError
from lqe.local.mark import Mark, shared_file
from lqe.local.vitals import processor_s
from lqe.local.watch import LOOKS_EVERY_S, Watch
from lqe.profile import numeric_profile
from lqe.replay import Divergence, Report, Verdict
from lqe.version import ENGINE_VERSION

Progress = Callable[[int, int], None]
Show = Callable[[int], None]
# The process itself interrupts what it can; it is ended from outside when it has had much longer.
_PATIENCE: Final = 2.0
_MORE_S: Final = 10.0
_SHOWN_EVERY_S: Final = 0.1


class _Result(msgspec.Struct):
    """What the process came to: a report, or why there can be none."""

    report: Report | None = None
    error: str = ""


def replayed(
    world: str, verify: Callable[[Progress], Report], event_s: float, show: Show
) -> Report:
    """Return the report of `verify`, also if its process dies or does not come back from an event.

    `verify` opens what it reads: files that are open are not for two processes. `show` hears the
    positions, in this one. Raises LedgerQuestError as `verify` does.
    """
    if not hasattr(os, "fork"):
        return verify(lambda at, _head: show(at))
    mark = Mark(shared_file())
    with tempfile.TemporaryFile() as result:
        pid = os.fork()
        if pid == 0:
            _work(result, verify, lambda at, _head: mark.at("", world, at))
        try:
            how = _watched(pid, mark, _PATIENCE * event_s + _MORE_S, show)
        except BaseException:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise
        result.seek(0)
        said = result.read()
    if said:
        done = msgspec.msgpack.decode(said, type=_Result)
        if done.report is not None:
            return done.report
        raise LedgerQuestError(done.error)
    return _stuck(world, max(mark.read().position, 0), how)


def _work(result: IO[bytes], verify: Callable[[Progress], Report], progress: Progress) -> None:
    """Verify in this process, which ends with it; the one that waits for it hears interrupts."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        try:
            done = _Result(verify(progress))
        except LedgerQuestError as error:
            done = _Result(error=str(error))
        result.write(msgspec.msgpack.encode(done))
        result.flush()
    finally:
        os._exit(0)


def _watched(pid: int, mark: Mark, patience_s: float, show: Show) -> str:
    """Wait for a process, and end it if it does not come back; return how it ended."""
    watch, looked_at = Watch(), time.monotonic()
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            number = os.waitstatus_to_exitcode(status)
            return f"was ended by {signal.Signals(-number).name}" if number < 0 else "ended"
        time.sleep(_SHOWN_EVERY_S)
        marked, now = mark.read(), time.monotonic()
        show(marked.position)
        if now - looked_at < LOOKS_EVERY_S:
            continue
        looked_at = now
        if watch.look(marked, processor_s(pid), now) > patience_s:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return f"did not come back from it within {patience_s:.0f} seconds"


def _stuck(world: str, position: int, how: str) -> Report:
    return Report(
        verdict=Verdict.STUCK,
        world=world,
        events=position,
        engine=ENGINE_VERSION,
        profile=numeric_profile(),
        divergence=Divergence(
            what=f"the event cannot be folded: the process that folded it {how}", position=position
        ),
    )
