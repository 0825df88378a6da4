"""The budget port with a watchdog: whatever thread folds too long is interrupted."""

import ctypes
import threading
import time
from contextlib import nullcontext, suppress
from types import TracebackType
from typing import Self

from lqe.ports.budget import OutOfTime

_LOOKS_EVERY_S = 0.1
_MOST_TIMES = 100


class Unlimited:
    """No limits: for tools and tests."""

    def one_event(self) -> nullcontext[None]:
        """Return a block that lasts as long as it lasts."""
        return nullcontext()

    def is_spent(self) -> bool:
        """Say that there is time."""
        return False


class WatchedBudget:
    """Gives every event `event_s` seconds of a processor, and a call as many as `begin` says.

    What an event waits on a busy machine does not count: it says nothing about the scenario. One
    thread folds at a time. A call into C that never returns is not interrupted; the platform's
    own time-out ends that process.
    """

    def __init__(self, event_s: float = 3.0) -> None:
        self.event_s = event_s
        self._ends_at = float("inf")
        self._lock = threading.Lock()
        self._armed_until: float | None = None
        self._fired = 0
        self._thread = 0
        self._watchdog: threading.Thread | None = None

    def begin(self, seconds: float) -> None:
        """Let a call have this long from now."""
        self._ends_at = time.monotonic() + seconds

    def is_spent(self) -> bool:
        """Say whether the call's time is up."""
        return time.monotonic() >= self._ends_at

    def one_event(self) -> Self:
        """Return the block that one event is folded in."""
        return self

    def __enter__(self) -> None:
        if self._watchdog is None:
            self._watchdog = threading.Thread(target=self._watch, name="budget", daemon=True)
            self._watchdog.start()
        with self._lock:
            self._thread = threading.get_ident()
            self._fired = 0
            self._armed_until = _used_s(self._thread) + self.event_s

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._armed_until = None
        with self._lock:
            fired, self._fired = self._fired, 0
        if fired:
            # One more may be on its way still: it must not reach the next event.
            with suppress(OutOfTime):
                _set_async(ctypes.c_ulong(self._thread), None)
            if kind is not OutOfTime:
                raise OutOfTime  # somebody caught it: what became of the event is void

    def _watch(self) -> None:
        while True:
            time.sleep(_LOOKS_EVERY_S)
            with self._lock:
                until = self._armed_until
                if until is None or _used_s(self._thread) <= until:
                    continue
                # Again and again, for a bare `except` in a loop would swallow one; but not for
                # ever, for the block may have ended without saying so.
                self._fired += 1
                if self._fired > _MOST_TIMES:
                    self._armed_until = None
                else:
                    _set_async(ctypes.c_ulong(self._thread), ctypes.py_object(OutOfTime))


def _used_s(thread: int) -> float:
    """Return the seconds of a processor that a living thread has used."""
    clock_of = getattr(time, "pthread_getcpuclockid", None)  # some systems have none
    return time.monotonic() if clock_of is None else time.clock_gettime(clock_of(thread))


_set_async = ctypes.pythonapi.PyThreadState_SetAsyncExc
