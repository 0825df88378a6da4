"""The documents port on DynamoDB: an item a document, in the partition of its world."""

from typing import Final

from lqe.errors import LimitExceeded
from lqe.names import check_path, check_tenant, check_world, group

from .table import Item, Table, binary, text

# An item has at most 400 KB (DynamoDB's quotas), its key and its attributes' names included.
MAX_DOCUMENT_BYTES: Final = 380 * 1024


class _Tenant:
    def __init__(self, table: Table, tenant: str) -> None:
        self._table = table
        self._tenant = tenant

    def _key(self, world: str, name: str) -> Item:
        pk = group(self._tenant, check_world(world))
        return {"pk": text(pk), "sk": text(check_path(name))}

    def get(self, world: str, name: str) -> bytes | None:
        item = self._table.get(self._key(world, name))
        return None if item is None else bytes(item["body"]["B"])

    def replace(self, world: str, name: str, old: bytes | None, new: bytes) -> bool:
        if len(new) > MAX_DOCUMENT_BYTES:
            raise LimitExceeded(
                f"the document {name} of {world} takes {len(new)} bytes; an item has room for "
                f"{MAX_DOCUMENT_BYTES}: store the large part as an object, and its name here"
            )
        item = self._key(world, name) | {"body": binary(new)}
        if old is None:
            there = self._table.put(item, condition="attribute_not_exists(pk)")
        else:
            there = self._table.put(item, condition="body = :old", values={":old": binary(old)})
        if there is None:
            return True
        # The client repeats a put whose answer was lost, and the condition of the second one fails
        # because the first one succeeded. If what is there is `new`, then whoever put it wanted
        # the same, so nothing is lost by taking it for ours.
        return "body" in there and bytes(there["body"]["B"]) == new

    def names(self, world: str, prefix: str = "") -> list[str]:
        pk = group(self._tenant, check_world(world))
        if prefix:
            values = {":prefix": text(prefix)}
            items = self._table.query(pk, "begins_with(sk, :prefix)", values, project="sk")
        else:  # begins_with takes no empty string
            items = self._table.query(pk, project="sk")
        return [item["sk"]["S"] for item in items]


class DynamoDocuments:
    """The documents of all tenants in one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def tenant(self, name: str) -> _Tenant:
        """Return the documents of one tenant."""
        return _Tenant(self._table.tenant(check_tenant(name)), name)
