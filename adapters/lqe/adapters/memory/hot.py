"""The hot entities port in memory."""

from collections.abc import Sequence

from lqe.ports.hot import HotEntity


class MemoryHotEntities:
    """The latest entities of all worlds, in memory."""

    def __init__(self) -> None:
        self._entities: dict[tuple[str, str, int], HotEntity] = {}

    def put(self, tenant: str, world: str, entities: Sequence[HotEntity]) -> None:
        """Store each entity unless the table has it of a later position."""
        for entity in entities:
            key = (tenant, world, entity.entity)
            known = self._entities.get(key)
            if known is None or known.position <= entity.position:
                self._entities[key] = entity

    def get(self, tenant: str, world: str, entity: int) -> HotEntity | None:
        """Return an entity, or None."""
        return self._entities.get((tenant, world, entity))
