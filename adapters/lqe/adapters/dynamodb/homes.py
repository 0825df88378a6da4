"""Where tenants are at home, read from the registry without the library that it stands on.

Every function asks this once for each tenant, and most have no other use for the registry. A
tenant's log there begins with its registration, which is never changed.
"""

import msgspec

from lqe.errors import BadInput
from lqe.names import REGISTRY, check_tenant, group

from .inflate import inflated
from .table import Table, number, text

REGISTERED = "lqe.registry.tenant_registered.v1"


class _Registration(msgspec.Struct):
    """What a registration says of where a tenant is at home."""

    region: str


_events = msgspec.msgpack.Decoder(list[tuple[bytes, int, str, bytes]]).decode
_registration = msgspec.json.Decoder(_Registration).decode


class DynamoHomes:
    """The regions of the tenants that are registered in a table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of(self, tenant: str) -> str:
        """Return a tenant's region; raise BadInput if it is not registered."""
        pk = group(check_tenant(tenant), REGISTRY)
        item = self._table.get({"pk": text(pk), "sk": number(1)})
        if item is None:
            raise BadInput(f"no tenant {tenant!r} is registered; register it first")
        try:
            _, _, topic, state = _events(inflated(bytes(item["body"]["B"])))[0]
            if topic != REGISTERED:
                raise BadInput(f"expected {REGISTERED}, got {topic:.80}")
            return _registration(state).region
        except (KeyError, IndexError, ValueError, msgspec.DecodeError) as error:
            raise BadInput(f"the registry of {tenant} cannot be read: {error!r:.200}") from None
