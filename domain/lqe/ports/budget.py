"""The budget port: how long a part of an event may take to fold, and when to stop for now."""

from contextlib import AbstractContextManager
from typing import Protocol


class OutOfTime(BaseException):
    """Something took longer than it may: not an error that scenario code handles."""

    def __str__(self) -> str:
        """Say what to look for."""
        return "out of time: it took longer than any may; look for a loop without end"


class Budget(Protocol):
    """Time, where it is limited. What is folded never depends on it, only how far in one go."""

    def one_event(self) -> AbstractContextManager[None]:
        """Raise OutOfTime inside the block when it has lasted as long as one event may.

        Of an event that brings many ticks, the block is one part of them.
        """

    def is_spent(self) -> bool:
        """Say whether to stop at the next event, and leave the rest to another call."""
