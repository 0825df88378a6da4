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
        self._full_ns: dict[tuple[str, str], int] = {}

    def allows(self, tenant: str, name: str, bucket: Bucket, count: int) -> bool:
        """Take `count` from the bucket of a name, if they are in it, and say whether they were."""
        now_ns = self._clock.now_us() * 1_000
        empty_ns = now_ns + bucket.fills_ns(bucket.burst)
        # No bucket is emptier than empty: one that seems to be was used before the clock went back.
        full_ns = min(max(self._full_ns.pop((tenant, name), now_ns), now_ns), empty_ns)
        taken_ns = full_ns + bucket.fills_ns(count)
        allowed = taken_ns <= empty_ns
        if len(self._full_ns) >= _REMEMBERED:
            del self._full_ns[next(iter(self._full_ns))]
        self._full_ns[tenant, name] = taken_ns if allowed else full_ns
        return allowed
