"""The hot entities port: the latest components of entities, for who looks at one entity."""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec


class HotEntity(msgspec.Struct, frozen=True, kw_only=True):
    """One entity's hot components as plain values, as of a position in its world's log."""

    entity: int
    position: int
    tags: list[str]
    components: dict[str, Any]


class HotEntities(Protocol):
    """One table of the latest entities, by tenant, world and id."""

    def put(self, tenant: str, world: str, entities: Sequence[HotEntity]) -> None:
        """Store each entity unless the table has it of a later position."""

    def get(self, tenant: str, world: str, entity: int) -> HotEntity | None:
        """Return an entity, or None."""
