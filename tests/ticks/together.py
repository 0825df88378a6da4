"""Simulated time: functions that sleep go on one at a time, each in a thread of its own."""

import heapq
import itertools
from collections.abc import Callable
from threading import Event, Thread

START_US = 1_700_000_000_000_000
_SECOND_US = 1_000_000


class Together:
    """A clock, and who goes on when. Only one of them ever runs."""

    def __init__(self) -> None:
        self.us = START_US
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._back = Event()
        self._running: Event | None = None

    def now_us(self) -> int:
        return self.us

    @property
    def seconds(self) -> float:
        """How long all this has gone on."""
        return (self.us - START_US) / _SECOND_US

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Let something happen after a while; it may sleep."""
        self._at(seconds, lambda: self._begin(act))

    def sleep(self, seconds: float) -> None:
        """Let others go on, until it is this one's turn again."""
        mine = self._running
        assert mine is not None, "only what `later` began may sleep"
        self._at(seconds, lambda: self._go_on(mine))
        mine.clear()
        self._back.set()
        mine.wait()

    def until(self, seconds: float) -> None:
        """Let everything happen up to then."""
        end_us = START_US + round(seconds * _SECOND_US)
        while self._due and self._due[0][0] <= end_us:
            self.us, _, act = heapq.heappop(self._due)
            act()
        self.us = end_us

    def _at(self, seconds: float, act: Callable[[], None]) -> None:
        due_us = self.us + round(seconds * _SECOND_US)
        heapq.heappush(self._due, (due_us, next(self._numbers), act))

    def _begin(self, act: Callable[[], None]) -> None:
        turn = Event()

        def run() -> None:
            try:
                act()
            finally:
                self._back.set()

        thread = Thread(target=run, daemon=True)
        self._running = turn
        self._back.clear()
        thread.start()
        self._back.wait()

    def _go_on(self, turn: Event) -> None:
        self._running = turn
        self._back.clear()
        turn.set()
        self._back.wait()
