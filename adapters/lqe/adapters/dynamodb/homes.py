"""Where tenants are at home, as the registry says.

Every function asks this once for each tenant, and most have no other use for the registry. A
tenant's log there begins with its registration, which is never changed.
"""

import msgspec

from lqe.errors import BadInput
from lqe.names import REGISTRY, check_tenant, group

from .registered import registered_in, unreadable
from .table import Table, number, text

REGISTERED = "lqe.registry.tenant_registered.v1"


class _Registration(msgspec.Struct):
    """What a registration says of where a tenant is at home."""

    region: str


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
        topic, state = next(iter(registered_in(tenant, item)), ("nothing", b""))
        if topic != REGISTERED:
            raise unreadable(tenant, f"expected {REGISTERED}, got {topic}")
        try:
            return _registration(state).region
        except msgspec.DecodeError as error:
            raise unreadable(tenant, repr(error)) from None
