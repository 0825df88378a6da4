"""The words in which the tests of the domain are written: given a world, when events, then.

    play = given(toy())
    play.joins("ann")
    outcome = play.orders("ann", Earn(amount=3.0))
    assert outcome.applied

A `Play` folds as it goes and keeps the log, so that any test can fold the same log again, from the
start or cold from any keyframe, and compare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
import numpy as np

from lqe.codec import Codec
from lqe.ecs import component_name
from lqe.events import (
    AnyEvent,
    ClockAdvanced,
    CommandSubmitted,
    PlayerJoined,
    PlayerLeft,
    ScenarioUpgraded,
    WorldClosed,
    WorldOpened,
    event_name,
)
from lqe.fold import Fold, Outcome, Snapshot
from lqe.limits import Limits
from lqe.ports.log import Record
from lqe.scenario import Command, Scenario, World
from lqe.signals import Signal
from lqe.version import RULES_VERSION

Document = dict[str, Any]
SEED = b"0123456789abcdef"
_encode = msgspec.msgpack.Encoder(order="deterministic").encode


def opening(
    scenario: str = "a",
    *,
    interval: int = 50,
    limits: Limits | None = None,
    seed: bytes = SEED,
    tick_us: int = 16_000,
    rules: int = RULES_VERSION,
) -> WorldOpened:
    """Return the first event of a world."""
    return WorldOpened(
        scenario=scenario,
        rules=rules,
        seed=seed,
        tick_us=tick_us,
        keyframe_interval=interval,
        limits=limits or Limits(),
    )


def command_name(order: Command) -> str:
    """Return the name by which a command is called on the wire."""
    return component_name(type(order))


def shelf(*scenarios: Scenario) -> Callable[[str], Scenario]:
    """Return the code of digests "a", "b", "c", … in the order given."""
    stored: Mapping[str, Scenario] = dict(zip("abcdefgh", scenarios, strict=False))
    return stored.__getitem__


class Play:
    """One world being played: events go in, what came of them is kept."""

    def __init__(self, *scenarios: Scenario, opened: WorldOpened) -> None:
        self.code = shelf(*scenarios)
        self.fold = Fold(self.code)
        self.log: list[AnyEvent] = []
        self.outcomes: list[Outcome] = []
        self.signals: list[Signal] = []
        self.keyframes: list[Snapshot] = []
        self.tick = 0
        self._seqs: dict[str, int] = {}
        self.record(opened)

    def record(self, event: AnyEvent) -> list[Outcome]:
        """Append an event to the log and fold it."""
        self.log.append(event)
        folded = self.fold.fold(len(self.log) - 1, event)
        self.outcomes += folded.outcomes
        self.signals += folded.signals
        self.keyframes += folded.keyframes
        self.tick = max(self.tick, event.tick)
        return folded.outcomes

    def joins(self, player: str, session: str = "", *, by: str = "") -> Outcome:
        """Let a player join by a connection; its session is called after it unless named."""
        name = session or player
        joined = PlayerJoined(tick=self.tick, player=player, session=name, connection=by)
        return self.record(joined)[0]

    def leaves(self, player: str, session: str = "", *, by: str = "") -> None:
        """Let a player's connection go."""
        name = session or player
        self.record(PlayerLeft(tick=self.tick, player=player, session=name, connection=by))

    def orders(self, player: str, order: Command, **wire: Any) -> Outcome:
        """Let a player send a command; `wire` overrides session, seq, name, args or not_after."""
        session = wire.pop("session", player)
        seq = wire.pop("seq", None)
        if seq is None:
            seq = self._seqs.get(session, 0) + 1
        self._seqs[session] = max(seq, self._seqs.get(session, 0))
        fields: dict[str, Any] = {
            "name": command_name(order),
            "args": msgspec.msgpack.encode(order),
            **wire,
        }
        event = CommandSubmitted(tick=self.tick, player=player, session=session, seq=seq, **fields)
        return self.record(event)[0]

    def passes(self, ticks: int) -> None:
        """Let time pass."""
        self.record(ClockAdvanced(tick=self.tick + ticks))

    def upgrades(self, digest: str) -> None:
        """Let the scenario's code change."""
        self.record(ScenarioUpgraded(tick=self.tick, scenario=digest))

    def closes(self) -> None:
        """Close the world."""
        self.record(WorldClosed(tick=self.tick))

    @property
    def world(self) -> World:
        """The world, as a system sees it."""
        return World(self.fold.core)

    @property
    def life(self) -> str:
        """Whether the world is in its lobby, running, halted or closed."""
        return self.fold.core.life

    def state(self, *without: str) -> Document:
        """Return the present state as plain values, without the named parts."""
        return {k: v for k, v in present_state(self.fold).items() if k not in without}

    def named(self, signal: str) -> list[Signal]:
        """Return the signals of that name, in order."""
        return [s for s in self.signals if s.name == signal]


def records(log: Iterable[AnyEvent]) -> list[Record]:
    """Return a log from its first event as it is stored."""
    codec = Codec()
    return [Record(p, event_name(e), codec.encode(e)) for p, e in enumerate(log)]


def given(
    *scenarios: Scenario,
    players: Iterable[str] = (),
    interval: int = 50,
    limits: Limits | None = None,
    rules: int = RULES_VERSION,
) -> Play:
    """Return a new world of the first scenario; the others are there to upgrade to, as "b", "c"."""
    play = Play(*scenarios, opened=opening(interval=interval, limits=limits, rules=rules))
    for player in players:
        play.joins(player)
    return play


def present_state(fold: Fold) -> Document:
    """Return a fold's state as plain values, without settling it."""
    found: Document = msgspec.msgpack.decode(_encode(fold.core.document()))
    return found


def assert_replays(play: Play) -> None:
    """Assert that the log gives the same again: from the start, and cold from every keyframe."""
    again = Play(*_scenarios(play), opened=play.log[0])  # type: ignore[arg-type]
    stored, decode = records(play.log), Codec().decode
    again.fold.foresee(stored, decode)
    for event in play.log[1:]:
        again.record(event)
    assert again.outcomes == play.outcomes
    assert again.signals == play.signals
    assert_same_keyframes(play.keyframes, again.keyframes, "replayed from the start")
    wanted = present_state(play.fold)
    assert present_state(again.fold) == wanted
    for keyframe in play.keyframes:
        restored = Fold.restore(Snapshot.decode(keyframe.encode()), play.code)
        start = keyframe.header.position + 1
        restored.foresee(stored[start:], decode)
        reached: list[Snapshot] = []
        outcomes: list[Outcome] = []
        for position, event in enumerate(play.log[start:], start):
            folded = restored.fold(position, event)
            reached += folded.keyframes
            outcomes += folded.outcomes
        note = f"cold from the keyframe of tick {keyframe.header.tick}"
        later = [k for k in play.keyframes if k.header.tick > keyframe.header.tick]
        assert_same_keyframes(later, reached, note)
        assert outcomes == [o for o in play.outcomes if o.position >= start], note
        difference = first_difference(wanted, present_state(restored))
        assert difference is None, f"{note}: {difference}"


def _scenarios(play: Play) -> list[Scenario]:
    found = []
    for digest in "abcdefgh":
        try:
            found.append(play.code(digest))
        except KeyError:
            break
    return found


def assert_same_keyframes(expected: Iterable[Snapshot], got: Iterable[Snapshot], note: str) -> None:
    """Assert that two runs passed the same keyframes with the same bytes."""
    wanted, found = list(expected), list(got)
    for a, b in zip(wanted, found, strict=False):
        assert a.header.tick == b.header.tick, (
            f"{note}: expected a keyframe at tick {a.header.tick}, got one at {b.header.tick}"
        )
        if a.state != b.state:
            raise AssertionError(
                f"{note}: first differing keyframe is tick {a.header.tick}: "
                f"{first_difference(a.plain(), b.plain())}"
            )
        assert a.header == b.header, f"{note}: tick {a.header.tick}"
    assert len(wanted) == len(found), f"{note}: {len(wanted)} keyframes, then {len(found)}"


def first_difference(a: Document, b: Document) -> str | None:
    """Say where two states first differ: entity and component where it is one."""
    entities_a, entities_b = a["entities"], b["entities"]
    names = sorted({*entities_a["components"], *entities_b["components"]})
    found = [
        difference
        for name in names
        if (
            difference := _component_difference(
                name, entities_a["components"].get(name), entities_b["components"].get(name)
            )
        )
    ]
    if found:
        return min(found)[1]
    for key in ("alive", "next_id", "tags"):
        if entities_a[key] != entities_b[key]:
            return f"{key}: expected {entities_a[key]!r:.200}, got {entities_b[key]!r:.200}"
    for key in sorted({*a, *b} - {"entities"}):
        if a.get(key) != b.get(key):
            return f"{key}: expected {a.get(key)!r:.300}, got {b.get(key)!r:.300}"
    return None


def _component_difference(name: str, a: Any, b: Any) -> tuple[int, str] | None:
    if a == b:
        return None
    if isinstance(a, list) and isinstance(b, list):
        rows_a, rows_b = dict(a), dict(b)
    elif isinstance(a, dict) and isinstance(b, dict):
        rows_a, rows_b = column_rows(a), column_rows(b)
    else:
        return 0, f"component {name}: stored in different ways"
    for entity in sorted({*rows_a, *rows_b}):
        if rows_a.get(entity) != rows_b.get(entity):
            return entity, (
                f"entity {entity}, component {name}: expected {rows_a.get(entity)!r}, "
                f"got {rows_b.get(entity)!r}"
            )
    return 0, f"component {name}: the same rows in another order"


def column_rows(parts: dict[str, bytes]) -> dict[int, Any]:
    """Return {entity: {field: value}} of a dumped column component."""
    ids = np.frombuffer(parts[""], "<i8").tolist()
    fields = {n: _numbers(v, len(ids)) for n, v in parts.items() if n}
    return {e: {n: v[i] for n, v in fields.items()} for i, e in enumerate(ids)}


def _numbers(data: bytes, rows: int) -> list[Any]:
    if rows and len(data) == rows:
        return [bool(v) for v in np.frombuffer(data, "|b1")]
    floats = np.frombuffer(data, "<f8")
    return [f"{v!r} ({w:016x})" for v, w in zip(floats, np.frombuffer(data, "<u8"), strict=True)]
