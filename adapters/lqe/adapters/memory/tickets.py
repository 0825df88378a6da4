"""The tickets port in memory: tickets are of one process, and gone with it."""

import secrets
from collections import OrderedDict
from typing import Final

import msgspec

from lqe.ports.tickets import TICKET_LIFE_US, Grant

MOST_TICKETS: Final = 20_000
_TICKET_BYTES = 24


class _Issued(msgspec.Struct, frozen=True):
    """A ticket that nobody has used yet."""

    grant: Grant
    expires_us: int


class MemoryTickets:
    """Keeps at most `most` unused tickets a tenant: one more, and the oldest is good no longer.

    No tenant's tickets push out another's. What is too old goes when its tenant next asks for a
    ticket or uses one. To be called from one thread.
    """

    def __init__(self, most: int = MOST_TICKETS) -> None:
        self._most = most
        self._tenant_of: dict[str, str] = {}
        # In the order issued, which is the order in which they become too old.
        self._issued: dict[str, OrderedDict[str, _Issued]] = {}

    def __len__(self) -> int:
        """Return how many tickets are kept, of all tenants."""
        return len(self._tenant_of)

    def issue(self, grant: Grant, now_us: int) -> str:
        """Return a new ticket; the tenant's oldest makes room for it, if there are too many."""
        issued = self._issued.setdefault(grant.tenant, OrderedDict())
        self._clean(issued, now_us)
        while len(issued) >= self._most:
            self._drop_oldest(issued)
        ticket = secrets.token_urlsafe(_TICKET_BYTES)
        issued[ticket] = _Issued(grant, now_us + TICKET_LIFE_US)
        self._tenant_of[ticket] = grant.tenant
        return ticket

    def redeem(self, ticket: str, now_us: int) -> Grant | None:
        """Return what a ticket grants and forget it; None if it is unknown, used or too old."""
        tenant = self._tenant_of.pop(ticket, None)
        if tenant is None:
            return None
        issued = self._issued[tenant]
        found = issued.pop(ticket)
        self._clean(issued, now_us)
        is_good = now_us < found.expires_us and found.grant.is_good(now_us)
        return found.grant if is_good else None

    def _clean(self, issued: OrderedDict[str, _Issued], now_us: int) -> None:
        while issued and next(iter(issued.values())).expires_us <= now_us:
            self._drop_oldest(issued)

    def _drop_oldest(self, issued: OrderedDict[str, _Issued]) -> None:
        ticket, _ = issued.popitem(last=False)
        del self._tenant_of[ticket]
