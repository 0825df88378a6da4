"""The hot entities port in memory."""

from collections.abc import Sequence

from lqe.ports.hot import HotEntity


class MemoryHotEntities:
    """The latest entities of all worlds, in memory."""

    def __init__(self) -> None:
        self._worlds: dict[tuple[str, str], dict[int, HotEntity]] = {}

    def replace(
        self,
        tenant: str,
        world: str,
        position: int,
        entities: Sequence[HotEntity],
        *,
        anew: bool = False,  # noqa: ARG002 - nothing is remembered
    ) -> None:
        """Let these be the world's hot entities as of a position, and no others."""
        known = self._worlds.setdefault((tenant, world), {})
        for entity in [e for e in known.values() if e.position <= position]:
            del known[entity.entity]
        for entity in entities:
            known.setdefault(entity.entity, entity)

    def get(self, tenant: str, world: str, entity: int) -> HotEntity | None:
        """Return an entity, or None."""
        return self._worlds.get((tenant, world), {}).get(entity)
