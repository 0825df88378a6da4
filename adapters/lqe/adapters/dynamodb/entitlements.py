"""What a tenant may do at the edge, as the registry says: its quotas, and whether it may act."""

from typing import Final

import msgspec
from msgspec.structs import replace

from lqe.errors import Refused, Unavailable
from lqe.names import REGISTRY, check_tenant, group
from lqe.ports.clock import Clock

from .homes import REGISTERED
from .registered import registered_in, unreadable
from .table import Table, number, number_of

KNOWN_FOR_US: Final = 10_000_000
QUOTAS_SET: Final = "lqe.registry.quotas_set.v1"
DISABLED: Final = "lqe.registry.tenant_disabled.v1"
ENABLED: Final = "lqe.registry.tenant_enabled.v1"
_REMEMBERED: Final = 10_000


class Quotas(msgspec.Struct, frozen=True):
    """The quotas that are held where players come in; the number of worlds is held elsewhere."""

    players_per_world: int
    commands_per_second: int


class Entitlement(msgspec.Struct, frozen=True):
    """What a tenant may have, and why it may do nothing, if so."""

    quotas: Quotas
    disabled: str | None = None


class _HasQuotas(msgspec.Struct):
    quotas: Quotas


class _HasReason(msgspec.Struct):
    reason: str


class _Known(msgspec.Struct):
    """What a process knows of a tenant since `since_us`, by its registry up to `last`."""

    since_us: int
    last: int = 0
    found: Entitlement | None = None


_quotas = msgspec.json.Decoder(_HasQuotas).decode
_reason = msgspec.json.Decoder(_HasReason).decode


class DynamoEntitlements:
    """What tenants may do; what a process was told of one it believes for ten seconds.

    As long as the registry does not answer, what was known holds. A tenant that is not registered
    has no entitlement: whether it is served is not decided here.
    """

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._known: dict[str, _Known] = {}

    def of(self, tenant: str) -> Entitlement | None:
        """Return what a tenant may do; raise Unavailable if that was never known here."""
        now_us = self._clock.now_us()
        known = self._known.get(tenant)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[tenant] = self._read(tenant, _Known(now_us))
        elif not known.since_us <= now_us < known.since_us + KNOWN_FOR_US:
            known.since_us = now_us
            try:
                self._known[tenant] = self._read(tenant, known)
            except Unavailable:
                return known.found
        return self._known[tenant].found

    def check_enabled(self, tenant: str) -> None:
        """Raise Refused, with the operator's reason, for a tenant that may do nothing."""
        found = self.of(tenant)
        if found is not None and found.disabled is not None:
            raise Refused("tenant_disabled", f"{tenant} is disabled: {found.disabled}")

    def commands_per_second(self, tenant: str) -> int | None:
        """Return how many commands a second a tenant may send; None if nothing is registered."""
        found = self.of(tenant)
        return None if found is None else found.quotas.commands_per_second

    def players_per_world(self, tenant: str) -> int | None:
        """Return how many players may be in a world at once; None if nothing is registered."""
        found = self.of(tenant)
        return None if found is None else found.quotas.players_per_world

    def _read(self, tenant: str, known: _Known) -> _Known:
        """Return what is known with what the registry has beyond it."""
        pk = group(check_tenant(tenant), REGISTRY)
        beyond = {":start": number(known.last + 1)}
        last, found = known.last, known.found
        for item in self._table.tenant(tenant).query(pk, "sk >= :start", beyond):
            for topic, state in registered_in(tenant, item):
                try:
                    found = _evolved(found, topic, state)
                except msgspec.DecodeError as error:
                    raise unreadable(tenant, repr(error)) from None
            last = max(last, number_of(item, "last"))
        return _Known(known.since_us, last, found)


def _evolved(found: Entitlement | None, topic: str, state: bytes) -> Entitlement | None:
    """Return what an event of the registry makes of an entitlement."""
    if topic == REGISTERED:
        return Entitlement(_quotas(state).quotas)
    if found is None:
        return None
    if topic == QUOTAS_SET:
        return replace(found, quotas=_quotas(state).quotas)
    if topic == DISABLED:
        return replace(found, disabled=_reason(state).reason)
    if topic == ENABLED:
        return replace(found, disabled=None)
    return found
