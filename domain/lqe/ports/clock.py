"""The clock port: the only source of time, read by the appender alone."""

from typing import Protocol


class Clock(Protocol):
    """Wall-clock time."""

    def now_us(self) -> int:
        """Return microseconds since 1970."""
