"""The tickets port on DynamoDB: an item a ticket, in the table of connections.

A ticket is `TENANT.RANDOM`. Its item lies in the tenant's partition, under the hash of the random
part: whoever reads the table can open no socket. `until`, and `ends` of the socket, are in
microseconds; `expires`, for the table's time to live, in seconds.
"""

import re
import secrets
from hashlib import sha256
from typing import Final

from lqe.names import TENANT_PATTERN, check_player, check_tenant, check_world, group
from lqe.ports.tickets import TICKET_LIFE_US, Grant

from .table import Item, Table, number, number_of, text

_TICKET_BYTES: Final = 24
_TICKET: Final = re.compile(rf"({TENANT_PATTERN})\.([A-Za-z0-9_-]{{32}})")
# No name of a world has a dot, so these items lie apart from those of connections.
_WORLD: Final = ".tickets"
_SECOND_US: Final = 1_000_000


class DynamoTickets:
    """The unused tickets of all tenants in one table.

    Of several who redeem one ticket at once, one gets its grant. If the answer is lost, the ticket
    may be used up, with nobody let in by it: whoever had it asks for another.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def issue(self, grant: Grant, now_us: int) -> str:
        """Return a new ticket, of characters that need no quoting in an address."""
        tenant, secret = check_tenant(grant.tenant), secrets.token_urlsafe(_TICKET_BYTES)
        until_us = now_us + TICKET_LIFE_US
        item = _key(tenant, secret) | {
            "world": text(check_world(grant.world)),
            "player": text(check_player(grant.player)),
            "session": text(check_player(grant.session)),
            "until": number(until_us),
            "ends": number(grant.until_us),
            "expires": number(until_us // _SECOND_US + 1),
        }
        self._table.tenant(tenant).put(item)
        return f"{tenant}.{secret}"

    def redeem(self, ticket: str, now_us: int) -> Grant | None:
        """Return what a ticket grants and forget it; None if it is unknown, used or too old."""
        found = _TICKET.fullmatch(ticket)
        if found is None:
            return None
        tenant, secret = found.groups()
        item = self._table.tenant(tenant).take(_key(tenant, secret))
        if item is None or now_us >= number_of(item, "until"):
            return None
        grant = Grant(
            tenant,
            item["world"]["S"],
            item["player"]["S"],
            item["session"]["S"],
            number_of(item, "ends"),
        )
        return grant if grant.is_good(now_us) else None


def tenant_in(ticket: str) -> str:
    """Return whose a ticket says to be; "" if it is no ticket."""
    found = _TICKET.fullmatch(ticket)
    return found[1] if found is not None else ""


def _key(tenant: str, secret: str) -> Item:
    hashed = sha256(secret.encode()).hexdigest()
    return {"pk": text(group(tenant, _WORLD)), "sk": text(hashed)}
