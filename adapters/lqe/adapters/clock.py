"""The clock port over the system's clock."""

import time


class SystemClock:
    """Wall-clock time."""

    def now_us(self) -> int:
        """Return microseconds since 1970."""
        return time.time_ns() // 1_000
