"""The clock port over the system's clocks."""

import time


class SystemClock:
    """Wall-clock time: it can leap, when somebody or something sets it."""

    def now_us(self) -> int:
        """Return microseconds since 1970."""
        return time.time_ns() // 1_000


class SteadyClock:
    """Time that never leaps: wall-clock time as it was when the first of a family began.

    Clocks with one `began_us` agree, in every process of a machine: they go by how long it runs.
    """

    def __init__(self, began_us: int | None = None) -> None:
        now_us = SystemClock().now_us() if began_us is None else 0
        self.began_us = now_us - _running_us() if began_us is None else began_us

    def now_us(self) -> int:
        """Return microseconds since 1970, by a system's clock that nobody has set meanwhile."""
        return self.began_us + _running_us()


def _running_us() -> int:
    return time.monotonic_ns() // 1_000
