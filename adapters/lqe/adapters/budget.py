"""The budget port with a watchdog: whatever thread folds too long is interrupted."""

import ctypes
import threading
import time
from contextlib import nullcontext
from types import TracebackType
from typing import Self

from lqe.ports.budget import OutOfTime

_LOOKS_EVERY_S = 0.1


class Unlimited:
    """No limits: for tools and tests."""

    def one_event(self) -> nullcontext[None]:
        """Return a block that lasts as long as it lasts."""
        return nullcontext()

    def is_spent(self) -> bool:
        """Say that there is time."""
        return False


class WatchedBudget:
    """Gives every event `event_s` seconds, and all of a call as many as `begin` says.

    One thread folds at a time. A call into C that never returns is not interrupted; the platform's
    own time-out ends that process.
    """

    def __init__(self, event_s: float = 3.0) -> None:
        self.event_s = event_s
        self._ends_at = float("inf")
        self._lock = threading.Lock()
        self._armed_until: float | None = None
        self._fired = False
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
            self._fired = False
            self._armed_until = time.monotonic() + self.event_s

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._armed_until = None
        with self._lock:
            fired, self._fired = self._fired, False
            if fired and kind is not OutOfTime:
                # It was on its way when the event was done after all: take it back.
                _raise_in(self._thread, None)

    def _watch(self) -> None:
        while True:
            time.sleep(_LOOKS_EVERY_S)
            with self._lock:
                until = self._armed_until
                if until is not None and time.monotonic() > until:
                    # Again and again: a bare `except` in a loop would swallow one.
                    self._fired = True
                    _raise_in(self._thread, OutOfTime)


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), None if error is None else ctypes.py_object(error)
    )
