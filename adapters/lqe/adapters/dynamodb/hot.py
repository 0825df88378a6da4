"""The hot entities port on DynamoDB: an item an entity, in the partition of its world.

`as_of` is the position in the world's log, `body` a MessagePack array of the entity's tags and
components. The components of an entity that no item can hold are `{OMITTED: bytes}`.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final

import msgspec

from lqe.names import check_tenant, check_world, group
from lqe.ports.hot import HotEntity

from .table import Item, Table, binary, number, number_of, text

MAX_BODY_BYTES: Final = 380 * 1024  # an item has at most 400 KB (DynamoDB's quotas)
# An entity that does not change is written again after so many positions all the same: should a
# fold that lags behind have put an older state in between, then that one does not stay for ever.
OMITTED: Final = "$omitted"
REFRESH_AFTER: Final = 1_000
_REMEMBERED = 500
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[list[str], dict[str, Any]]).decode


class DynamoHotEntities:
    """One table of the latest entities. What did not change is not written again by a process."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._worlds: dict[str, tuple[int, dict[int, tuple[int, bytes]]]] = {}

    def replace(
        self,
        tenant: str,
        world: str,
        position: int,
        entities: Sequence[HotEntity],
        *,
        anew: bool = False,
    ) -> None:
        """Let these be the world's hot entities as of a position, and no others."""
        pk = group(check_tenant(tenant), check_world(world))
        table = self._table.tenant(tenant)
        if anew:
            self._worlds.pop(pk, None)
        written = self._written(table, pk, position)
        for entity in entities:
            _put(table, pk, entity, written)
        gone = set(written) - {entity.entity for entity in entities}
        for entity_id in sorted(gone):
            if _delete(table, pk, entity_id, position):
                del written[entity_id]

    def _written(self, table: Table, pk: str, position: int) -> dict[int, tuple[int, bytes]]:
        """Return what is known to be in a world's partition.

        Which entities are there is looked up at first, and now and then again: a fold that lags
        behind may have put one that is no more.
        """
        looked, written = self._worlds.pop(pk, (position - REFRESH_AFTER, {}))
        if position - looked >= REFRESH_AFTER:
            looked = position
            for item in table.query(pk, project="sk"):
                written.setdefault(number_of(item, "sk"), (-1, b""))
        self._worlds[pk] = (looked, written)
        if len(self._worlds) > _REMEMBERED:
            del self._worlds[next(iter(self._worlds))]
        return written

    def get(self, tenant: str, world: str, entity: int) -> HotEntity | None:
        """Return an entity, or None."""
        pk = group(check_tenant(tenant), check_world(world))
        item = self._table.tenant(tenant).get(_key(pk, entity))
        if item is None:
            return None
        tags, components = _decode(bytes(item["body"]["B"]))
        return HotEntity(
            entity=entity, position=number_of(item, "as_of"), tags=tags, components=components
        )


def _put(table: Table, pk: str, entity: HotEntity, written: dict[int, tuple[int, bytes]]) -> None:
    body = _encode((entity.tags, entity.components))
    if len(body) > MAX_BODY_BYTES:
        body = _encode((entity.tags, {OMITTED: len(body)}))
    digest = blake2b(body, digest_size=16).digest()
    position, before = written.get(entity.entity, (-1, b""))
    if digest == before and position <= entity.position < position + REFRESH_AFTER:
        return
    later = table.put(
        _key(pk, entity.entity) | {"as_of": number(entity.position), "body": binary(body)},
        condition="attribute_not_exists(pk) OR as_of <= :as_of",
        values={":as_of": number(entity.position)},
    )
    written[entity.entity] = (entity.position, digest) if later is None else (-1, b"")


def _delete(table: Table, pk: str, entity_id: int, position: int) -> bool:
    return table.delete(
        _key(pk, entity_id),
        condition="attribute_not_exists(pk) OR as_of <= :as_of",
        values={":as_of": number(position)},
    )


def _key(pk: str, entity: int) -> Item:
    return {"pk": text(pk), "sk": number(entity)}
