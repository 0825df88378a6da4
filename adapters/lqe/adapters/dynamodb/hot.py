"""The hot entities port on DynamoDB: an item an entity, in the partition of its world.

`as_of` is the position in the world's log, `body` a MessagePack array of the entity's tags and
components.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final

import msgspec

from lqe.errors import LimitExceeded
from lqe.names import check_tenant, check_world, group
from lqe.ports.hot import HotEntity

from .table import Item, Table, binary, number, number_of, text

MAX_BODY_BYTES: Final = 380 * 1024  # an item has at most 400 KB (DynamoDB's quotas)
# An entity that does not change is written again after so many positions all the same: should a
# fold that lags behind have put an older state in between, then that one does not stay for ever.
REFRESH_AFTER: Final = 1_000
_REMEMBERED = 50_000
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[list[str], dict[str, Any]]).decode


class DynamoHotEntities:
    """One table of the latest entities. What did not change is not written again by a process."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._written: dict[tuple[str, int], tuple[int, bytes]] = {}

    def put(self, tenant: str, world: str, entities: Sequence[HotEntity]) -> None:
        """Store each entity unless the table has it of a later position."""
        pk = group(check_tenant(tenant), check_world(world))
        for entity in entities:
            body = _encode((entity.tags, entity.components))
            if len(body) > MAX_BODY_BYTES:
                raise LimitExceeded(
                    f"the hot components of entity {entity.entity} of {world} take {len(body)} "
                    f"bytes; an item has room for {MAX_BODY_BYTES}: declare fewer components hot"
                )
            self._put(pk, entity, body)

    def _put(self, pk: str, entity: HotEntity, body: bytes) -> None:
        digest = blake2b(body, digest_size=16).digest()
        position, written = self._written.pop((pk, entity.entity), (-1, b""))
        if digest == written and position <= entity.position < position + REFRESH_AFTER:
            self._remember(pk, entity, position, digest)
            return
        later = self._table.put(
            _key(pk, entity.entity) | {"as_of": number(entity.position), "body": binary(body)},
            condition="attribute_not_exists(pk) OR as_of <= :as_of",
            values={":as_of": number(entity.position)},
        )
        if later is None:
            self._remember(pk, entity, entity.position, digest)

    def _remember(self, pk: str, entity: HotEntity, position: int, digest: bytes) -> None:
        self._written[pk, entity.entity] = (position, digest)
        if len(self._written) > _REMEMBERED:
            del self._written[next(iter(self._written))]

    def get(self, tenant: str, world: str, entity: int) -> HotEntity | None:
        """Return an entity, or None."""
        pk = group(check_tenant(tenant), check_world(world))
        item = self._table.get(_key(pk, entity))
        if item is None:
            return None
        tags, components = _decode(bytes(item["body"]["B"]))
        return HotEntity(
            entity=entity, position=number_of(item, "as_of"), tags=tags, components=components
        )


def _key(pk: str, entity: int) -> Item:
    return {"pk": text(pk), "sk": number(entity)}
