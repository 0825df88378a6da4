"""Buckets that many processes share, where asking costs a write and may fail."""

from collections.abc import Callable

from lqe.adapters.buckets import ProcessBuckets
from lqe.adapters.dynamodb.buckets import DynamoBuckets
from lqe.errors import Misconfigured, Unavailable
from lqe.handlers.process import Process
from lqe.ports.buckets import Bucket, Buckets
from lqe.ports.clock import Clock

from .rate import Rates

_BLIND_US = 1_000_000
# What a process lets through of each player unasked: most players never send more.
_TRUST = Bucket(per_second=1.0, burst=8)


class FailOpen:
    """Goes by a bucket of this process while a tenant's do not answer, for a second at least.

    A fault of the counter stops no game: each process then lets through what all may together.
    `unknown` hears of each time, with the tenant.
    """

    def __init__(
        self, shared: Buckets, clock: Clock, unknown: Callable[[str, Unavailable], None]
    ) -> None:
        self._shared = shared
        self._own = ProcessBuckets(clock)
        self._clock = clock
        self._unknown = unknown
        self._blind_from_us: dict[str, int] = {}

    def allows(self, tenant: str, name: str, bucket: Bucket, count: int) -> bool:
        """Take `count` from a shared bucket, or from this process's."""
        now_us = self._clock.now_us()
        blind_from_us = self._blind_from_us.get(tenant, now_us - _BLIND_US)
        if not blind_from_us <= now_us < blind_from_us + _BLIND_US:
            self._blind_from_us.pop(tenant, None)
            try:
                return self._shared.allows(tenant, name, bucket, count)
            except Unavailable as error:
                self._blind_from_us[tenant] = now_us
                self._unknown(tenant, error)
        return self._own.allows(tenant, name, bucket, count)


class Trusting:
    """Lets eight of each name through unasked, and one a second; what is more has to be asked for.

    So who sends little costs no write, in whichever process it arrives, and who floods gets the
    rate of the bucket, and one a second more for each process that there is.
    """

    def __init__(self, shared: Buckets, clock: Clock) -> None:
        self._shared = shared
        self._trust = ProcessBuckets(clock)

    def allows(self, tenant: str, name: str, bucket: Bucket, count: int) -> bool:
        """Take `count` on trust, else from the shared bucket."""
        return self._trust.allows(tenant, name, _TRUST, count) or self._shared.allows(
            tenant, name, bucket, count
        )


def rates_of(process: Process) -> Rates:
    """Return the rates that all processes hold together, each tenant's as it is registered."""

    def unknown(tenant: str, error: Unavailable) -> None:
        process.count(tenant, "RatesUnknown", 1)
        if isinstance(error, Misconfigured):
            process.report(tenant, "", error)

    clock = process.clock
    table = process.table(process.settings.connections)
    shared = FailOpen(DynamoBuckets(table, clock), clock, unknown)
    rate = process.entitlements.commands_per_second
    return Rates(Trusting(shared, clock), shared, tenant_rate=rate)
