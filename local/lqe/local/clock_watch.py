"""Notices when the system's clock is set, which worlds do not: their time goes on at its rate."""

import asyncio
from collections.abc import Callable
from typing import Final

from lqe.ports.clock import Clock

_LOOK_S: Final = 1.0
# Clocks that are kept right are moved by far less in a second.
_LEAP_US: Final = 250_000
_TOLD_US: Final = 600_000_000
_SECOND_US: Final = 1_000_000


class ClockWatch:
    """Compares the system's clock with a steady one, once a second from `begin` to `end`.

    `leaps` counts how often the system's clock was set; `told` hears of each, in words.
    """

    def __init__(self, system: Clock, steady: Clock, told: Callable[[str], None]) -> None:
        self._system = system
        self._steady = steady
        self._told = told
        self._apart_us = system.now_us() - steady.now_us()
        self._last: tuple[int, int] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.leaps = 0

    @property
    def apart_s(self) -> float:
        """How far the system's clock was ahead of the steady one at the last look, in seconds."""
        return self._apart_us / _SECOND_US

    def begin(self) -> None:
        """Look from now on, on this thread's loop."""
        self.look()
        self._timer = asyncio.get_running_loop().call_later(_LOOK_S, self.begin)

    def end(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def look(self) -> None:
        """Compare the clocks, and say so if they moved apart at once."""
        now_us = self._steady.now_us()
        apart_us = self._system.now_us() - now_us
        leap_us, self._apart_us = apart_us - self._apart_us, apart_us
        if abs(leap_us) > _LEAP_US:
            self.leaps += 1
            self._last = now_us, leap_us
            self._told(_in_words(leap_us))

    def notices(self) -> list[str]:
        """Say that the clock was set, for ten minutes after it was."""
        if self._last is None or self._steady.now_us() - self._last[0] > _TOLD_US:
            return []
        return [_in_words(self._last[1])]


def _in_words(leap_us: int) -> str:
    way = "forward" if leap_us > 0 else "back"
    return (
        f"the system's clock went {way} by {abs(leap_us) / _SECOND_US:.1f} s at once: worlds go on "
        "at their rate, and the log's times follow it; look at the machine's time service"
    )
