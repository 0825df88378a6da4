"""A world as the code of a scenario sees it."""

from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from lqe.ecs import AnyComponent, Bulk, Entity
from lqe.ecs.changes import Change
from lqe.ecs.finite import plain_values
from lqe.errors import LimitExceeded, NoSuchEntity
from lqe.physics.contacts import Pair
from lqe.rng import Random
from lqe.signals import ACHIEVEMENT, EVERYONE, OBSERVERS, Ending, Signal
from lqe.version import HANDED_OVER_IS_CHECKED

from .core import Core
from .handed_over import audience, call_name, entity_id, json_object, tag_names, text

# With this byte every float in MessagePack begins; where there is none, no number needs a look.
_FLOAT = b"\xcb"
# What fits every place where a tick is written down; worlds live a moment of that.
_LAST_TICK = (1 << 63) - 1
C = TypeVar("C", bound=AnyComponent)
T = TypeVar("T")


class World:
    """One running world, as systems see it: components are live, structure changes at their end.

    Object components are changed in place; a row of a column component is a copy, and `write`
    stores a new one. `spawn`, `despawn`, `add`, `remove`, `tag` and `untag` take effect when the
    system that called them returns.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._entities = core.entities
        # Worlds that are older keep what came of it in them.
        self._checks = core.genesis.rules >= HANDED_OVER_IS_CHECKED

    @property
    def tick(self) -> int:
        """The world's clock."""
        return self._core.tick

    @property
    def dt(self) -> float:
        """Seconds a tick."""
        return self._core.dt

    @property
    def seconds(self) -> float:
        """Seconds of the world's time since it opened."""
        return self._core.tick * self._core.dt

    @property
    def random(self) -> Random:
        """The world's chance: the same numbers in every run of the same log."""
        return self._core.random

    @property
    def players(self) -> list[str]:
        """Ids of all players who joined and whose seats are kept, sorted."""
        return sorted(self._core.players)

    def present(self, player: str) -> bool:
        """Say whether a player is connected."""
        known = self._core.players.get(player)
        return known is not None and known.present

    def asset(self, name: str) -> bytes:
        """Return a file of the scenario's `assets` folder."""
        return self._core.assets.file(name)

    def asset_as(self, name: str, kind: type[T]) -> T:
        """Return a JSON file of the `assets` folder as a `kind`, which is decoded but once.

        The value is the same at every call, so `kind` is a frozen struct, of tuples and such.
        """
        return self._core.assets.decoded(name, kind)

    # Reading

    def get(self, entity: int, kind: type[C]) -> C:
        """Return the entity's component; raise NoSuchEntity."""
        found: C = self._entities.get(entity, kind)
        return found

    def find(self, entity: int, kind: type[C]) -> C | None:
        """Return the entity's component, or None."""
        return self.get(entity, kind) if self._entities.has(entity, kind) else None

    def has(self, entity: int, kind: type[AnyComponent]) -> bool:
        """Say whether the entity has a component of that kind."""
        return self._entities.has(entity, kind)

    def exists(self, entity: int) -> bool:
        """Say whether the entity is in the world."""
        return entity in self._entities.alive

    def query(self, *kinds: type[AnyComponent], tag: str | None = None) -> Iterator[Any]:
        """Yield (entity, component, …) of all entities that have `kinds`, in id order."""
        return self._entities.query(*kinds, tag=tag)

    def columns(
        self, *kinds: type[AnyComponent], writes: tuple[type[AnyComponent], ...] = ()
    ) -> tuple[Bulk, ...]:
        """Return column components as numpy arrays, a row an entity, in the order of `.ids`."""
        return self._entities.columns(*kinds, writes=writes)

    def tagged(self, tag: str) -> list[int]:
        """Return the entities that carry a tag, in id order."""
        return self._entities.with_tag(tag)

    def one(self, tag: str) -> int:
        """Return the entity that alone carries a tag; raise NoSuchEntity."""
        found = self._entities.with_tag(tag)
        if len(found) != 1:
            raise NoSuchEntity(f"expected one entity tagged {tag!r}, there are {len(found)}")
        return found[0]

    @property
    def began(self) -> list[Pair]:
        """Pairs of entities that began to touch at the last tick."""
        return self._core.contacts.began

    @property
    def ended(self) -> list[Pair]:
        """Pairs of entities that ceased to touch at the last tick; one of them may be gone."""
        return self._core.contacts.ended

    @property
    def contacts(self) -> list[Pair]:
        """All pairs of entities that touch, sorted."""
        return self._core.contacts.pairs

    def touching(self, entity: int) -> list[int]:
        """Return the entities that touch this one, in id order."""
        return self._core.contacts.of(entity)

    def inside(self, entity: int) -> list[int]:
        """Return the entities whose shapes overlap this one's, sensors included, in id order."""
        return self._core.space.overlapping(entity)

    # Changing

    def write(self, entity: int, row: AnyComponent) -> None:
        """Store a row of a column component over the one that the entity has."""
        self._entities.write(entity, row)

    def spawn(self, *parts: AnyComponent | Entity, tags: tuple[str, ...] = ()) -> int:
        """Put a new entity into the world and return its id."""
        entity = self._entities.reserve()
        try:
            change = self._spawned(entity, parts, tags)
        except BaseException:
            # An id less, and no place taken up: that is all that a cold start would know of it.
            self._entities.forgo()
            raise
        self._change(change)
        return entity

    def _spawned(
        self, entity: int, parts: tuple[AnyComponent | Entity, ...], tags: tuple[str, ...]
    ) -> Change:
        components: dict[type[AnyComponent], AnyComponent] = {}
        names = dict.fromkeys(tag_names(tags) if self._checks else tags)
        for part in parts:
            if isinstance(part, Entity):
                part.id = entity
                names |= dict.fromkeys(part.tags)
                components |= {type(c): c for c in part.components.values()}
            else:
                components[type(part)] = part
        return Change(
            entity=entity,
            spawned=True,
            components=[self._entities.admit(c, entity) for c in components.values()],
            tagged=tag_names(names) if self._checks else tuple(names),
        )

    def despawn(self, entity: int) -> None:
        """Take an entity out of the world."""
        self._change(Change(entity=self._id(entity), despawned=True))

    def add(self, entity: int, component: AnyComponent) -> None:
        """Give an entity a component, in place of one of the same type."""
        admitted = self._entities.admit(component, entity)
        self._change(Change(entity=self._id(entity), components=(admitted,)))

    def remove(self, entity: int, kind: type[AnyComponent]) -> None:
        """Take a component from an entity."""
        self._entities.store(kind)
        self._change(Change(entity=self._id(entity), removed=(kind,)))

    def tag(self, entity: int, tag: str) -> None:
        """Give an entity a tag."""
        self._change(Change(entity=self._id(entity), tagged=self._tags(tag)))

    def untag(self, entity: int, tag: str) -> None:
        """Take a tag from an entity."""
        self._change(Change(entity=self._id(entity), untagged=self._tags(tag)))

    def _id(self, entity: int) -> int:
        return entity_id(entity) if self._checks else entity

    def _tags(self, tag: str) -> tuple[str, ...]:
        return (text(tag, "a tag"),) if self._checks else (tag,)

    def _change(self, change: Change) -> None:
        self._entities.pending.append(change)

    def after(self, ticks: int, name: str, data: Any = None) -> None:
        """Call the scenario's scheduled function `name` with plain `data`, `ticks` from now.

        0 and less is the next tick: those of this one may have been called already.
        """
        if type(ticks) is not int:
            raise TypeError(f"expected whole ticks, got {ticks!r}")
        tick = self._core.tick + max(1, ticks)
        if tick > _LAST_TICK:
            raise LimitExceeded(f"a world has ticks up to {_LAST_TICK}, got {ticks} from now")
        if self._checks:
            call_name(name, self._core.calls)
        self._schedule(tick, name, _plain(data))

    def _schedule(self, tick: int, name: str, data: Any) -> None:
        schedule = self._core.schedule
        most = self._core.genesis.limits.max_scheduled
        if len(schedule) >= most:
            raise LimitExceeded(f"a world has at most {most} scheduled calls")
        schedule.add(tick, name, data)

    def signal(self, name: str, data: dict[str, Any] | None = None, *, to: str = OBSERVERS) -> None:
        """Tell the outside: observers always, and the players that `to` names."""
        plain = _plain(data or {})
        if self._checks:
            name, plain, to = text(name, "a signal's name"), json_object(plain), audience(to)
        self._core.signal(Signal(name, self._core.tick, plain, to))

    def close(self, reason: str = "", result: dict[str, Any] | None = None) -> None:
        """End the game: this tick is its last, and everybody is told why and what it came to."""
        self._end(Ending(text(reason, "the reason"), json_object(_plain(result or {}))))

    def _end(self, ending: Ending) -> None:
        self._core.end(ending)

    def achieve(self, player: str, name: str) -> None:
        """Award an achievement: observers keep it, and everybody in the world hears of it."""
        if self._checks:
            player, name = text(player, "a player"), text(name, "an achievement")
        self.signal(ACHIEVEMENT, {"player": player, "name": name}, to=EVERYONE)


def _plain(data: Any) -> Any:
    """Return an own copy of plain data, exactly as it reads when it comes back from a snapshot.

    Raises NotFinite for NaN, TypeError for what is not plain.
    """
    encoded = msgspec.msgpack.encode(data, order="deterministic")
    copy = msgspec.msgpack.decode(encoded)
    return plain_values(copy, "data") if _FLOAT in encoded else copy
