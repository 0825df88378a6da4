"""The buckets port on DynamoDB, for many processes: each takes leases and spends them by itself.

A bucket is one item in a partition of its tenant. Of it one number is kept, `full_ns`: the moment
at which it will be full again. A take moves that moment on, by one conditional update, and nothing
ever moves it back. `expires`, for the table's time to live, is in seconds.
"""

from typing import Final

import msgspec

from lqe.errors import Unavailable
from lqe.names import check_tenant, group
from lqe.ports.buckets import Bucket
from lqe.ports.clock import Clock

from .table import Item, Table, number, number_of, text

LEASE_US: Final = 1_000_000
# How far clocks may be apart before what another one wrote is not believed.
SKEW_US: Final = 1_000_000
# No name of a world has a dot, so these items lie apart from those of connections.
_WORLD: Final = ".rates"
_KEPT_S: Final = 3_600
_TRIES: Final = 4
_REMEMBERED: Final = 10_000
_US: Final = 1_000
_SECOND_NS: Final = 1_000_000_000
# A lease grows at most so fast, from one to the next.
_GROWTH: Final = 4
# How long one that was refused by the table is refused without asking it: a flood asks too.
_AGAIN_US: Final = LEASE_US // 4


class _Lease(msgspec.Struct):
    """What a process took and may spend until `since_us + LEASE_US`, and what it spent since.

    `full_ns` is the moment at which the bucket is full again, as it was last heard of: the true
    one is no earlier. `refused` is what the table was last asked for in vain, at `refused_us`.
    """

    since_us: int = 0
    left: int = 0
    spent: int = 0
    full_ns: int = 0
    refused: int = 0
    refused_us: int = 0

    def expire(self, now_us: int) -> None:
        """Forget what is left of a lease that is over, or was taken after the clock went back."""
        if not self.since_us <= now_us < self.since_us + LEASE_US:
            self.left = 0

    def is_refused(self, need: int, now_us: int) -> bool:
        """Say whether so many, or fewer, were refused a moment ago."""
        return need >= self.refused and 0 <= now_us - self.refused_us < _AGAIN_US

    def spare(self, now_us: int) -> int:
        """Return how many will be spent in the life of a lease, going by those spent in this."""
        elapsed_us = max(now_us - self.since_us, LEASE_US // _GROWTH)
        return self.spent * LEASE_US // elapsed_us


class DynamoBuckets:
    """Buckets that all processes share. An item holds twice the burst.

    One half is taken exactly as it is needed, so that who keeps to the rate and the burst finds it
    there. From the other half a process takes what it expects to need within a second, one update
    for many commands. In `w` seconds all processes together let through at most
    `2 * burst + per_second * (w + 1)`; clocks that are `d` seconds apart add `per_second * d`, and
    may cost who keeps to the rate as much of the burst. What a process took and did not spend, when
    it ends for instance, is lost: the bucket refills.
    """

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._leases: dict[tuple[str, str], _Lease] = {}

    def allows(self, tenant: str, name: str, bucket: Bucket, count: int) -> bool:
        """Take `count` from the bucket of a name, if they are in it, and say whether they were.

        Raises Unavailable, with nothing taken that would be spent, if it cannot be known.
        """
        # Another rate is another bucket: what fills one in a second fills the other in a minute.
        name = f"{name}@{bucket.per_second:.12g}"
        now_us = self._clock.now_us()
        lease = self._lease(tenant, name)
        lease.expire(now_us)
        if count > lease.left:
            # What is left goes into this, so that nothing outlives the lease it came with.
            taken = self._take(tenant, name, bucket, lease, count - lease.left, now_us)
            if not taken:
                return False
            lease.since_us, lease.left, lease.spent = now_us, lease.left + taken, 0
        lease.left -= count
        lease.spent += count
        return True

    def _lease(self, tenant: str, name: str) -> _Lease:
        lease = self._leases.pop((tenant, name), None) or _Lease()
        if len(self._leases) >= _REMEMBERED:
            del self._leases[next(iter(self._leases))]
        self._leases[tenant, name] = lease
        return lease

    def _take(
        self, tenant: str, name: str, bucket: Bucket, lease: _Lease, need: int, now_us: int
    ) -> int:
        """Return how many were taken: `need` and some to spare, or none."""
        if lease.is_refused(need, now_us):
            return 0
        now_ns = now_us * _US
        half_ns = bucket.fills_ns(bucket.burst)
        for tried in range(_TRIES):
            full_ns = max(lease.full_ns, now_ns)
            if full_ns > now_ns + 2 * half_ns + SKEW_US * _US:
                raise Unavailable(f"the bucket {name!r} of {tenant} was used by a clock far ahead")
            need_ns = bucket.fills_ns(need)
            if full_ns + need_ns > now_ns + 2 * half_ns:
                if tried:
                    lease.refused, lease.refused_us = need, now_us
                return 0
            spare = min(lease.spare(now_us), int(bucket.per_second))
            room_ns = now_ns + half_ns - full_ns - need_ns
            spare = max(0, min(spare, int(room_ns * bucket.per_second / _SECOND_NS)))
            latest_ns = now_ns + (half_ns if spare else 2 * half_ns)
            cost_ns = bucket.fills_ns(need + spare)
            there = self._move(tenant, name, lease.full_ns, now_ns, cost_ns, latest_ns)
            if there is None:
                lease.full_ns = full_ns + cost_ns
                return need + spare
            lease.full_ns = number_of(there, "full_ns")
        raise Unavailable(f"lost {_TRIES} races for the bucket {name!r} of {tenant}")

    def _move(
        self, tenant: str, name: str, known_ns: int, now_ns: int, cost_ns: int, latest_ns: int
    ) -> Item | None:
        """Let the bucket be full later by `cost_ns`; return what is there if it is not as known.

        One that is full by now is full `cost_ns` from now, any other one so much later than it is;
        never later than `latest_ns`.
        """
        values = {":expires": number(latest_ns // _SECOND_NS + _KEPT_S), ":now": number(now_ns)}
        if known_ns <= now_ns:
            change = "SET full_ns = :full, expires = :expires"
            condition = "attribute_not_exists(pk) OR full_ns <= :now"
            values[":full"] = number(now_ns + cost_ns)
        else:
            change = "SET full_ns = full_ns + :cost, expires = :expires"
            condition = "full_ns BETWEEN :now AND :latest"
            values |= {":cost": number(cost_ns), ":latest": number(latest_ns - cost_ns)}
        pk = group(check_tenant(tenant), _WORLD)
        key = {"pk": text(pk), "sk": text(name)}
        return self._table.tenant(tenant).update(key, change, values, condition=condition)
