"""All entities of one world: ids, tags, components, and structural changes that wait their turn."""

from collections.abc import Iterable, Iterator
from typing import Any

from lqe.errors import LimitExceeded, NoSuchEntity, ScenarioError, StateError

from .changes import Change, Pending
from .columns import Bulk, ColumnStore
from .component import AnyComponent, check_component, column_types
from .objects import ObjectStore

Store = ObjectStore | ColumnStore


class Entities:
    """The components and tags of one world. Iteration is in id order, whatever happened before.

    Structural changes (spawn, despawn, add, remove, tag, untag) wait in `pending` and take effect
    at `flush`; components that are objects are changed in place, rows of columns by `write`.
    """

    def __init__(self, kinds: Iterable[type[AnyComponent]], *, most: int) -> None:
        self.most = most
        self.next_id = 1
        self.pending: Pending = []
        self.stores: dict[type[AnyComponent], Store] = {}
        self.by_name: dict[str, Store] = {}
        self.alive: dict[int, None] = {}
        self.tagged: dict[str, dict[int, None]] = {}
        self._tag_version = 0
        self._alive_version = 0
        self._spawning = 0
        self._queries: dict[Any, tuple[Any, list[Any]]] = {}
        self._columnar: set[type[AnyComponent]] = set()
        for kind in kinds:
            check_component(kind)
            store = ColumnStore(kind) if column_types(kind) is not None else ObjectStore(kind)
            if store.name in self.by_name:
                other = self.by_name[store.name].kind
                if other is kind:
                    continue
                raise ScenarioError(f"{kind} and {other} are both called {store.name!r}")
            self.stores[kind] = self.by_name[store.name] = store
            if isinstance(store, ColumnStore):
                self._columnar.add(kind)

    def store(self, kind: type[AnyComponent]) -> Store:
        """Return the store of a declared component type."""
        try:
            return self.stores[kind]
        except KeyError:
            raise ScenarioError(
                f"component {kind.__name__} is not declared: add it to the scenario's components"
            ) from None

    def reserve(self) -> int:
        """Return the next entity id; ids are never used twice."""
        if len(self.alive) + self._spawning >= self.most:
            raise LimitExceeded(f"a world of at most {self.most} entities cannot hold one more")
        self._spawning += 1
        self.next_id += 1
        return self.next_id - 1

    def forgo(self) -> None:
        """Take up no place for the last id that was reserved: nobody will have it."""
        self._spawning -= 1

    @property
    def reserved(self) -> tuple[int, int]:
        """What was reserved up to now, for `take_back`."""
        return self.next_id, self._spawning

    def take_back(self, reserved: tuple[int, int]) -> None:
        """Give back what was reserved since `reserved` was read."""
        self.next_id, self._spawning = reserved

    def get(self, entity: int, kind: type[AnyComponent]) -> Any:
        """Return the entity's component: the object itself, or a copy of its row."""
        store = self.stores.get(kind) or self.store(kind)
        if isinstance(store, ColumnStore):
            return store.get(entity)
        try:
            return store.rows[entity]
        except KeyError:
            raise NoSuchEntity(f"entity {entity} has no {store.name}") from None

    def has(self, entity: int, kind: type[AnyComponent]) -> bool:
        """Say whether the entity has that component."""
        store = self.stores.get(kind) or self.store(kind)
        return entity in (store.rows if isinstance(store, ObjectStore) else store.places())

    def with_tag(self, tag: str) -> list[int]:
        """Return the ids that carry a tag, in order."""
        return sorted(self.tagged.get(tag, ()))

    def query(self, *kinds: type[AnyComponent], tag: str | None = None) -> Iterator[Any]:
        """Yield (id, component, …) of every entity that has all of `kinds`, in id order."""
        stores = [self.stores.get(k) or self.store(k) for k in kinds]
        version: Any = [s.version for s in stores] or self._alive_version
        if tag is not None:
            version = (version, self._tag_version)
        key = (kinds, tag)
        cached = self._queries.get(key)
        if cached is None or cached[0] != version:
            cached = self._queries[key] = (version, self._match(stores, tag))
        if self._columnar.isdisjoint(kinds):
            return iter(cached[1])
        return self._rows(stores, cached[1])

    def _match(self, stores: list[Store], tag: str | None) -> list[Any]:
        objects = [s for s in stores if isinstance(s, ObjectStore)]
        if len(objects) == len(stores) == 1 and tag is None:
            return list(objects[0].items().items())
        ids = self.matching(stores, tag)
        if len(objects) == len(stores):
            rows = [s.rows for s in objects]
            return [(e, *[r[e] for r in rows]) for e in ids]
        return ids

    def matching(self, stores: list[Store], tag: str | None = None) -> list[int]:
        """Return the ids that have a row in every store, and the tag if one is named."""
        sets: list[Any] = [s.items() if isinstance(s, ObjectStore) else s.places() for s in stores]
        if tag is not None:
            sets.append(dict.fromkeys(self.with_tag(tag)))
        if not sets:
            return sorted(self.alive)
        smallest = min(sets, key=len)
        ids = list(smallest)
        for rows in sets:
            if rows is not smallest:
                ids = [e for e in ids if e in rows]
        return ids

    def _rows(self, stores: list[Store], ids: list[int]) -> Iterator[Any]:
        reads = [s.get if isinstance(s, ColumnStore) else s.rows.__getitem__ for s in stores]
        for entity in ids:
            yield (entity, *[read(entity) for read in reads])

    def columns(
        self, *kinds: type[AnyComponent], writes: tuple[type[AnyComponent], ...] = ()
    ) -> tuple[Bulk, ...]:
        """Return the numeric fields of `kinds` as arrays, a row an entity that has all of them.

        Arrays can be written where the type is in `writes`. Where the types have different
        entities, name one type a call, and `Bulk` arrays of `ids` to line them up.
        """
        stores = [self._column_store(k) for k in kinds]
        for store in stores[1:]:
            if not store.lines_up_with(stores[0]):
                raise StateError(
                    f"{store.name} and {stores[0].name} are not on the same entities: "
                    "read one type a call and line them up by `ids`"
                )
        return tuple([s.to_write() if s.kind in writes else s.to_read() for s in stores])

    def _column_store(self, kind: type[AnyComponent]) -> ColumnStore:
        store = self.stores.get(kind) or self.store(kind)
        if not isinstance(store, ColumnStore):
            raise ScenarioError(f"{kind.__name__} is kept as objects: query it")
        return store

    def write(self, entity: int, row: AnyComponent) -> None:
        """Write a row of a column component over the one that the entity has."""
        store = self._column_store(type(row))
        store.write(entity, store.admit(row, f"{store.name} of entity {entity}"))

    def admit(self, component: AnyComponent, entity: int) -> AnyComponent:
        """Return an own, checked copy of a component."""
        store = self.store(type(component))
        admitted: AnyComponent = store.admit(component, f"{store.name} of entity {entity}")
        return admitted

    def flush(self) -> list[Change]:
        """Let the waiting structural changes take effect, in their order; return them."""
        pending, self.pending = self.pending, []
        self._spawning = 0
        put: dict[ColumnStore, dict[int, Any]] = {}
        gone: dict[ColumnStore, dict[int, None]] = {}
        for change in pending:
            entity = change.entity
            if change.spawned:
                self.alive[entity] = None
                self._alive_version += 1
            elif entity not in self.alive:
                continue
            for component in change.components:
                store = self.stores[type(component)]
                if isinstance(store, ColumnStore):
                    put.setdefault(store, {})[entity] = component
                    gone.get(store, {}).pop(entity, None)
                else:
                    store.put(entity, component)
            doomed = self.stores if change.despawned else change.removed
            for kind in doomed:
                store = self.stores[kind]
                if isinstance(store, ColumnStore):
                    put.get(store, {}).pop(entity, None)
                    gone.setdefault(store, {})[entity] = None
                else:
                    store.remove(entity)
            self._retag(change)
            if change.despawned:
                del self.alive[entity]
                self._alive_version += 1
        for store in {**dict.fromkeys(put), **dict.fromkeys(gone)}:
            store.change(put.get(store, {}), list(gone.get(store, {})))
        return pending

    def _retag(self, change: Change) -> None:
        untag = list(self.tagged) if change.despawned else change.untagged
        if change.tagged or untag:
            self._tag_version += 1
        for tag in change.tagged:
            self.tagged.setdefault(tag, {})[change.entity] = None
        for tag in untag:
            members = self.tagged.get(tag)
            if members is not None and change.entity in members:
                del members[change.entity]
                if not members:
                    del self.tagged[tag]

    def dump(self) -> dict[str, Any]:
        """Return everything as plain values; what is kept becomes what was written."""
        names = sorted(self.by_name)
        return {
            "next_id": self.next_id,
            "alive": sorted(self.alive),
            "tags": {t: sorted(m) for t, m in sorted(self.tagged.items())},
            "components": {n: self.by_name[n].dump() for n in names},
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take over what `dump` returned, decoded from bytes."""
        self.next_id = state["next_id"]
        self.alive = dict.fromkeys(sorted(state["alive"]))
        self._alive_version += 1
        self._tag_version += 1
        self.tagged = {t: dict.fromkeys(m) for t, m in state["tags"].items()}
        for name, rows in state["components"].items():
            store = self.by_name.get(name)
            if store is None:
                if rows and (isinstance(rows, list) or rows[""]):
                    raise StateError(
                        f"the state has {name!r} components, this scenario has none of that name: "
                        "give the scenario a `migrate` that removes or renames them"
                    )
                continue
            store.load(rows)
