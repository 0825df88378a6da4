"""A world as the handler of one command sees it: nothing changes before it returns."""

from collections.abc import Iterator
from typing import Any, TypeVar

from lqe.ecs import AnyComponent, Bulk
from lqe.ecs.changes import Change, Pending
from lqe.ecs.columns import ColumnStore
from lqe.ecs.objects import ObjectStore
from lqe.errors import LimitExceeded, ScenarioError
from lqe.signals import Ending

from .core import Core
from .world import World

C = TypeVar("C", bound=AnyComponent)


class Draft(World):
    """Copies what is read and queues what is changed, until `commit`; `abandon` forgets it all."""

    def __init__(self, core: Core) -> None:
        super().__init__(core)
        self._objects: dict[tuple[int, ObjectStore], AnyComponent] = {}
        self._rows: dict[tuple[int, ColumnStore], AnyComponent] = {}
        self._changes: Pending = []
        self._calls: list[tuple[int, str, Any]] = []
        self._ending: Ending | None = None
        self._admitted: list[tuple[int, ObjectStore, AnyComponent]] = []
        self._before = (core.random.drawn, core.entities.reserved, len(core.signals))

    def get(self, entity: int, kind: type[C]) -> C:
        """Return a copy of the entity's component; changes to it count once the handler returns."""
        store = self._entities.store(kind)
        found: C
        if isinstance(store, ColumnStore):
            row: Any = self._rows.get((entity, store))
            found = store.get(entity) if row is None else row
        else:
            key = (entity, store)
            if key not in self._objects:
                self._objects[key] = store.admit(self._entities.get(entity, kind))
            copy: Any = self._objects[key]
            found = copy
        return found

    def query(self, *kinds: type[AnyComponent], tag: str | None = None) -> Iterator[Any]:
        """Yield (entity, component, …), each component a copy as `get` returns it."""
        stores = [self._entities.store(k) for k in kinds]
        for entity in self._entities.matching(stores, tag):
            yield (entity, *[self.get(entity, k) for k in kinds])

    def columns(
        self, *kinds: type[AnyComponent], writes: tuple[type[AnyComponent], ...] = ()
    ) -> tuple[Bulk, ...]:
        """Return column components as arrays that can be read."""
        if writes:
            raise ScenarioError("a command handler changes columns by `write`, a row at a time")
        return super().columns(*kinds)

    def write(self, entity: int, row: AnyComponent) -> None:
        """Queue a row of a column component."""
        store = self._entities.store(type(row))
        if not isinstance(store, ColumnStore):
            raise ScenarioError(f"{type(row).__name__} is kept as objects: `add` replaces it")
        store.row(entity)
        self._rows[entity, store] = store.admit(row, f"{store.name} of entity {entity}")

    def _change(self, change: Change) -> None:
        self._changes.append(change)

    def _schedule(self, tick: int, name: str, data: Any) -> None:
        most = self._core.genesis.limits.max_scheduled
        if len(self._core.schedule) + len(self._calls) >= most:
            raise LimitExceeded(f"a world has at most {most} scheduled calls")
        self._calls.append((tick, name, data))

    def _end(self, ending: Ending) -> None:
        self._ending = ending

    def check(self) -> None:
        """Admit every changed copy; raise before the first change if a value is wrong."""
        self._admitted = [
            (entity, store, store.admit(value, f"{store.name} of entity {entity}"))
            for (entity, store), value in self._objects.items()
            if store.differs(entity, value)
        ]

    def commit(self) -> None:
        """Let everything queued and checked take effect."""
        for entity, store, value in self._admitted:
            store.put(entity, value)
        for (entity, column), row in self._rows.items():
            column.write(entity, row)
        for call in self._calls:
            self._core.schedule.add(*call)
        self._core.entities.pending.extend(self._changes)
        self._core.flush()
        if self._ending is not None:
            self._core.end(self._ending)

    def abandon(self) -> None:
        """Leave the world as it was before this draft."""
        drawn, reserved, signals = self._before
        self._core.random.drawn = drawn
        self._core.entities.take_back(reserved)
        del self._core.signals[signals:]
