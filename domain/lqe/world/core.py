"""Everything that the fold of one world can read, and its canonical bytes."""

from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from lqe.ecs import AnyComponent, Entities, Position, Velocity
from lqe.ecs.changes import Change
from lqe.errors import LimitExceeded
from lqe.limits import Limits
from lqe.physics import Body, Joint, Rotation
from lqe.physics.contacts import Contacts
from lqe.physics.impulses import Impulses
from lqe.physics.space import Space
from lqe.rng import Random
from lqe.signals import CLOSED, EVERYONE, Ending, Signal
from lqe.version import OLDEST_RULES

from .assets import Assets
from .players import Player
from .schedule import Schedule

if TYPE_CHECKING:
    from lqe.scenario.rules import Rules

Life = Literal["lobby", "running", "halted", "closed"]
_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_BODY_COLUMNS = (Position, Velocity, Rotation)


class Genesis(msgspec.Struct, frozen=True, omit_defaults=True):
    """What `world opened` fixed for good; `rules` is the meaning that its events have."""

    seed: bytes
    tick_us: int
    keyframe_interval: int
    limits: Limits
    rules: int = OLDEST_RULES


class Fault(msgspec.Struct, frozen=True):
    """Why a world is halted: the tick that could not be completed, where, and what was raised."""

    tick: int
    where: str
    kind: str


class Recorded(msgspec.Struct, frozen=True):
    """The highest keyframe that the log attests."""

    tick: int
    digest: str


class Core:
    """The state of one world, with the physics space that is derived from it."""

    def __init__(
        self,
        genesis: Genesis,
        kinds: Iterable[type[AnyComponent]],
        rules: "Rules",
        assets: Mapping[str, bytes],
    ) -> None:
        self.genesis = genesis
        self.rules = rules
        self.assets = Assets(assets)
        self.dt = genesis.tick_us / 1_000_000
        self.tick = 0
        self.life: Life = "lobby"
        self.fault: Fault | None = None
        self.entities = Entities(kinds, most=genesis.limits.max_entities)
        self.space = Space(rules.space, self.entities, self.dt)
        self.contacts = Contacts(rules.space.contact_hold)
        self.random = Random(genesis.seed)
        self.schedule = Schedule()
        self.players: dict[str, Player] = {}
        self.gone: dict[str, Player] = {}
        self.recorded: Recorded | None = None
        self.upgrade: str | None = None
        self.script: str | None = None
        self.ending = Ending()
        self.signals: list[Signal] = []
        # The scheduled functions of the code in force.
        self.calls: Collection[str] = ()
        # What of the scenario runs, to explain a fault by; no part of the state.
        self.doing = ""

    def announce(self, name: str, data: dict[str, Any], *, tick: int | None = None) -> None:
        """Signal something of the engine itself to everyone, whatever the limit."""
        self.signals.append(Signal(name, self.tick if tick is None else tick, data, EVERYONE))

    def signal(self, signal: Signal) -> None:
        """Note a scenario's signal; raise LimitExceeded when one tick has too many."""
        most = self.genesis.limits.max_signals_per_tick
        if len(self.signals) >= most and self.signals[-most].tick == self.tick:
            raise LimitExceeded(f"a tick has at most {most} signals")
        self.signals.append(signal)

    def end(self, ending: Ending) -> None:
        """Close the world, and tell everybody how it ended; the first end counts."""
        if self.life != "closed":
            self.life, self.ending = "closed", ending
            self.announce(CLOSED, msgspec.to_builtins(ending))

    def flush(self) -> None:
        """Let structural changes take effect, in the components and in the space."""
        entities = self.entities
        while entities.pending:
            self._complete_bodies()
            self.space.push()
            self.space.pull()
            changes = entities.flush()
            orphans = self.space.changed(changes)
            for change in changes:
                if change.despawned or Body in change.removed:
                    self.contacts.drop(change.entity)
            entities.pending = [Change(entity=e, removed=(Joint,)) for e in orphans]

    def _complete_bodies(self) -> None:
        """Let everything that will be a body have the columns that every body has."""
        has_body: dict[int, bool] = {}
        for change in self.entities.pending:
            if any(type(c) is Body for c in change.components):
                has_body[change.entity] = True
            if Body in change.removed or change.despawned:
                has_body[change.entity] = False
        for change in self.entities.pending:
            if not change.removed:
                continue
            entity = change.entity
            if has_body.get(entity, not change.spawned and self._is_body(entity)):
                change.removed = tuple(k for k in change.removed if k not in _BODY_COLUMNS)
        for entity in [e for e, body in has_body.items() if body]:
            given = {
                type(c) for p in self.entities.pending if p.entity == entity for c in p.components
            }
            missing = [
                kind()
                for kind in _BODY_COLUMNS
                if kind not in given and not self.entities.has(entity, kind)
            ]
            if missing:
                self.entities.pending.append(Change(entity=entity, components=missing))

    def _is_body(self, entity: int) -> bool:
        return self.entities.has(entity, Body)

    def document(self) -> dict[str, Any]:
        """Return the whole state as plain values; raise NotFinite and msgspec.ValidationError.

        Components become what was written: converted, checked, no longer shared.
        """
        self.space.push()
        self.space.pull()
        document: dict[str, Any] = {
            "tick": self.tick,
            "life": self.life,
            "fault": self.fault,
            "genesis": self.genesis,
            "entities": self.entities.dump(),
            "impulses": self.space.impulses(),
            "contacts": self.contacts.dump(),
            "drawn": self.random.drawn,
            "schedule": self.schedule.dump(),
            "players": [self.players[name] for name in sorted(self.players)],
            "recorded": self.recorded,
            "upgrade": self.upgrade,
            "script": self.script,
        }
        # States that were before these parts stay the bytes that they were.
        if self.gone:
            document["gone"] = list(self.gone.values())
        if self.ending != Ending():
            document["ending"] = self.ending
        return document

    def settle(self) -> bytes:
        """Return the canonical bytes of the state, and go on from exactly what they say."""
        document = self.document()
        data = _encode(document)
        self.space.rebuild(document["impulses"])
        return data

    @classmethod
    def load(
        cls,
        state: dict[str, Any],
        kinds: Iterable[type[AnyComponent]],
        rules: "Rules",
        assets: Mapping[str, bytes],
    ) -> "Core":
        """Return the world whose canonical bytes decode to `state`."""
        core = cls(msgspec.convert(state["genesis"], Genesis), kinds, rules, assets)
        core.tick = state["tick"]
        core.life = state["life"]
        core.fault = msgspec.convert(state["fault"], Fault | None)
        core.entities.load(state["entities"])
        core.contacts.load(state["contacts"])
        core.random.drawn = state["drawn"]
        core.schedule.load(state["schedule"])
        players = msgspec.convert(state["players"], list[Player], strict=False)
        core.players = {p.name: p for p in players}
        gone = msgspec.convert(state.get("gone", []), list[Player], strict=False)
        core.gone = {p.name: p for p in gone}
        core.recorded = msgspec.convert(state["recorded"], Recorded | None)
        core.upgrade = state["upgrade"]
        core.script = state["script"]
        core.ending = msgspec.convert(state.get("ending", {}), Ending, strict=False)
        core.space.rebuild(msgspec.convert(state["impulses"], Impulses))
        return core


def state_digest(data: bytes) -> str:
    """Return the digest of a world's canonical bytes."""
    return sha256(data).hexdigest()
