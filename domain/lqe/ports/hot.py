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

    def replace(
        self,
        tenant: str,
        world: str,
        position: int,
        entities: Sequence[HotEntity],
        *,
        anew: bool = False,
    ) -> None:
        """Let these be the world's hot entities as of a position, and no others.

        What the table has of a later position stays as it is. `anew` says that others may have
        written to the table since this process last did.
        """

    def get(self, tenant: str, world: str, entity: int) -> HotEntity | None:
        """Return an entity, or None."""
