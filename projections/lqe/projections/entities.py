"""The hot components of a world's entities, as plain values."""

import msgspec

from lqe.ecs.columns import ColumnStore
from lqe.ports.hot import HotEntity
from lqe.world import Core


def hot_entities(core: Core, position: int) -> list[HotEntity]:
    """Return every entity that has a component declared `hot`, in id order, as of `position`."""
    found: dict[int, HotEntity] = {}
    for name in sorted(core.entities.by_name):
        store = core.entities.by_name[name]
        if not store.kind.hot:
            continue
        ids = store.ids.tolist() if isinstance(store, ColumnStore) else list(store.items())
        for entity in ids:
            if entity not in found:
                found[entity] = HotEntity(
                    entity=entity, position=position, tags=_tags(core, entity), components={}
                )
            value = core.entities.get(entity, store.kind)
            found[entity].components[name] = msgspec.to_builtins(value)
    return [found[entity] for entity in sorted(found)]


def _tags(core: Core, entity: int) -> list[str]:
    return sorted(tag for tag, members in core.entities.tagged.items() if entity in members)
