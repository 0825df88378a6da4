"""The buckets port: how much a name may take, refilled at a steady rate."""

from typing import Protocol

import msgspec

from lqe.limits import MAX_FRAME_COMMANDS

_SECOND_NS = 1_000_000_000


class Bucket(msgspec.Struct, frozen=True):
    """Whoever takes `per_second` in the long run, and `burst` at once, is never refused."""

    per_second: float
    burst: int

    @classmethod
    def of(cls, per_second: float) -> "Bucket":
        """Return the bucket of a rate: a second's worth at once, and never less than a frame."""
        return cls(per_second, max(MAX_FRAME_COMMANDS, int(per_second)))

    def fills_ns(self, count: int) -> int:
        """Return how many nanoseconds it takes until so many are in it again.

        Rounded up, to a unit in which that is nothing: at 30,000 a second microseconds were 2 %.
        """
        return -int(-count * _SECOND_NS // self.per_second)


class Buckets(Protocol):
    """Buckets by tenant and name, full at first."""

    def allows(self, tenant: str, name: str, bucket: Bucket, count: int) -> bool:
        """Take `count` from the bucket of a name, if they are in it, and say whether they were.

        Raises Unavailable if it cannot be known. Where several processes take from one bucket, the
        adapter says how much more than the bucket they let through together.
        """
