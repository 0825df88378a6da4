"""The buckets port in one process: exact where one process is all there is."""

from lqe.ports.buckets import Bucket
from lqe.ports.clock import Clock

_REMEMBERED = 100_000


class ProcessBuckets:
    """Of each bucket one number is kept: the moment at which it will be full again.

    Those used last are remembered; a forgotten one is full.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._full_us: dict[tuple[str, str], int] = {}

    def allows(self, tenant: str, name: str, bucket: Bucket, count: int) -> bool:
        """Take `count` from the bucket of a name, if they are in it, and say whether they were."""
        now_us = self._clock.now_us()
        empty_us = now_us + bucket.fills_us(bucket.burst)
        # No bucket is emptier than empty: one that seems to be was used before the clock went back.
        full_us = min(max(self._full_us.pop((tenant, name), now_us), now_us), empty_us)
        taken_us = full_us + bucket.fills_us(count)
        allowed = taken_us <= empty_us
        if len(self._full_us) >= _REMEMBERED:
            del self._full_us[next(iter(self._full_us))]
        self._full_us[tenant, name] = taken_us if allowed else full_us
        return allowed
