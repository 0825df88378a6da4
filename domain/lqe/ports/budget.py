"""The budget port: how long one event may take to fold, and when to stop for now."""

from contextlib import AbstractContextManager
from typing import Protocol


class OutOfTime(BaseException):
    """One event took longer to fold than any may: not an error that scenario code handles."""

    def __str__(self) -> str:
        """Say what to do."""
        return (
            "out of time: one event took longer to fold than any may; look for a loop without end "
            "in the scenario's systems with `ledgerquest replay verify`, and upgrade it"
        )


class Budget(Protocol):
    """Time, where it is limited. What is folded never depends on it, only how far in one go."""

    def one_event(self) -> AbstractContextManager[None]:
        """Raise OutOfTime inside the block when it has lasted as long as one event may."""

    def is_spent(self) -> bool:
        """Say whether to stop at the next event, and leave the rest to another call."""
