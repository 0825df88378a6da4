"""A slip of the author in a command is a refusal at once, whatever was handed over to whatever."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

import msgspec
import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from lqe.ecs import Column, Component, Entity
from lqe.events import CommandSubmitted
from lqe.fold.outcomes import Code
from lqe.handlers.shown import Hearing
from lqe.scenario import Command, Refused, Scenario, World
from lqe.signals import EVERYONE, Signal
from lqe.version import HANDED_OVER_IS_CHECKED
from lqe.wire import SentSignal
from lqe.world import Draft
from tests.steps import Play, assert_replays, given


class Box(Component):
    """What is in it."""

    n: int = 0
    words: list[str] = msgspec.field(default_factory=list)


class Place(Column, frozen=True):
    """Where it is."""

    x: float = 0.0


class Slip(Command, frozen=True):
    """Do the slip that is on that place of the list."""

    place: int


class Kind(StrEnum):
    """Texts of an enumeration."""

    CRATE = "crate"


JUNK: Final[tuple[Any, ...]] = (
    None, True, -1, 1, 2**70, 1.5, float("nan"), "", "box", "\ud800", b"\xff", (), ("a", None),
    [1], {}, {1: 2}, {"a": {None: 1}}, {"a": {(1, 2): 3}}, {"a": float("nan")}, {"a": object()},
    {3}, object(), int, Box, Box(n="x"), Box(n=2**70), Box(words=[1]), Place(x="y"),  # type: ignore[arg-type,list-item]
    Place(x=float("inf")), np.int64(1), np.float64(1.0), np.array([1, 2]),
    Entity(Box(), tags=("t",)), Entity(tags=(7,)), Kind.CRATE,  # type: ignore[arg-type]
    "entity:the-box", "entity:1", "player:", "player:ann", "ripen", lambda: None,
    Refused("no", "no"), range(3), 10**30, "x" * 5_000,
)  # fmt: skip
_VALUE = st.integers(0, len(JUNK) - 1)


def _after(world: World, first: Any, second: Any) -> None:
    world.after(first, second, {})
    world.after(2, "ripen", first)
    world.after(2, first, second)


def _signal(world: World, first: Any, second: Any) -> None:
    world.signal("s", first, to=second)
    world.signal(first, second)


# How each function of the scenario API is called with two values that may be anything.
CALLS: Final = MappingProxyType[str, Callable[[World, Any, Any], Any]](
    {
        "present": lambda w, a, _: w.present(a),
        "asset": lambda w, a, _: w.asset(a),
        "asset_as": lambda w, a, b: w.asset_as(a, b),
        "get": lambda w, a, b: w.get(a, b),
        "find": lambda w, a, b: w.find(a, b),
        "has": lambda w, a, b: w.has(a, b),
        "exists": lambda w, a, _: w.exists(a),
        "query": lambda w, a, b: list(w.query(a, tag=b)),
        "columns": lambda w, a, b: w.columns(a, writes=b),
        "tagged": lambda w, a, _: w.tagged(a),
        "one": lambda w, a, _: w.one(a),
        "touching": lambda w, a, _: w.touching(a),
        "inside": lambda w, a, _: w.inside(a),
        "write": lambda w, a, b: w.write(a, b),
        "spawn": lambda w, a, b: w.spawn(a, Box(), tags=b),
        "despawn": lambda w, a, _: w.despawn(a),
        "add": lambda w, a, b: w.add(a, b),
        "remove": lambda w, a, b: w.remove(a, b),
        "tag": lambda w, a, b: w.tag(a, b),
        "untag": lambda w, a, b: w.untag(a, b),
        "after": _after,
        "signal": _signal,
        "achieve": lambda w, a, b: w.achieve(a, b),
        "close": lambda w, a, b: w.close(a, b),
    }
)
# What no author's slip goes through: values that the world gives, and random numbers of its own.
_NOT_CALLED = {"tick", "dt", "seconds", "random", "players", "began", "ended", "contacts"}


def _game(do: Callable[[World], Any]) -> Scenario:
    game = Scenario("Slips", components=(Box, Place))

    @game.opening
    def begin(world: World) -> None:
        world.spawn(Box(), Place(), tags=("box",))

    @game.scheduled
    def ripen(_world: World, _data: Any) -> None:
        """Do nothing with whatever was kept."""

    @game.command(Slip)
    def slip(world: World, _player: str, _order: Slip) -> None:
        world.get(1, Box).n += 1
        do(world)

    return game


def _slipped(do: Callable[[World], Any], **options: Any) -> tuple[Play, str | None]:
    play = given(_game(do), players=["ann"], interval=10, **options)
    play.passes(5)
    outcome = play.orders("ann", Slip(0))
    return play, outcome.code


def test_every_function_that_a_scenario_can_call_is_tried() -> None:
    public = {name for name, _ in inspect.getmembers(World) if not name.startswith("_")}
    assert public - _NOT_CALLED == set(CALLS)


@settings(max_examples=100, deadline=None)
@drawn(name=st.sampled_from(sorted(CALLS)), first=_VALUE, second=_VALUE)
def test_whatever_is_handed_over_is_refused_at_once_or_does_no_harm(
    name: str, first: int, second: int
) -> None:
    play, code = _slipped(lambda w: CALLS[name](w, JUNK[first], JUNK[second]))
    assert code in (None, Code.FAULTED, Code.OVER_LIMIT, "no")
    if code is not None:
        assert play.world.get(1, Box).n == 0, "nothing of it happened"
    play.passes(12)
    assert play.life == ("closed" if code is None and name == "close" else "running")
    assert_replays(play)
    for signal in play.signals:
        data = msgspec.msgpack.encode(signal)
        assert msgspec.msgpack.decode(data, type=Signal) == signal, "observers can read it"
        Hearing([signal])
        msgspec.json.encode(SentSignal(signal.name, signal.tick, signal.data))


SLIPS: Final = MappingProxyType[str, Callable[[Any], Any]](
    {
        "a number for a tag": lambda w: w.tag(1, 7),
        "no tag among tags": lambda w: w.spawn(Box(), tags=("extra", None)),
        "an entity with a number for a tag": lambda w: w.spawn(Entity(Box(), tags=(7,))),  # type: ignore[arg-type]
        "a text for tags": lambda w: w.spawn(Box(), tags="box"),
        "a list for an entity": lambda w: w.tag([1], "x"),
        "a player's word for an entity": lambda w: w.signal("hint", {}, to="entity:the-box"),
        "data with a number for a key": lambda w: w.signal("hint", {1: 2}),
        "nobody for an audience": lambda w: w.signal("hint", {}, to="everybody"),
        "a call of no function": lambda w: w.after(2, "rippen", {}),
        "an achievement without a name": lambda w: w.achieve("ann", None),
    }
)


@pytest.mark.parametrize("slip", SLIPS)
def test_what_would_stop_the_world_later_is_refused_now(slip: str) -> None:
    play, code = _slipped(SLIPS[slip])
    assert code == Code.FAULTED
    play.passes(25)
    assert play.life == "running"


def test_whole_numbers_of_numpy_and_texts_of_enumerations_are_what_they_say() -> None:
    def do(world: World) -> None:
        (place,) = world.columns(Place)
        for entity in place.ids:
            world.tag(entity, Kind.CRATE)

    play, code = _slipped(do)
    assert code is None
    play.passes(25)
    assert play.world.tagged("crate") == [1]
    assert_replays(play)


def test_a_world_of_older_rules_keeps_what_came_of_it_there() -> None:
    slip = SLIPS["a player's word for an entity"]
    play, code = _slipped(slip, rules=HANDED_OVER_IS_CHECKED - 1)
    assert code is None
    play.passes(25)
    assert [s.audience for s in play.named("hint")] == ["entity:the-box"]
    assert_replays(play)


def test_a_signal_that_an_older_world_sent_to_nobody_does_not_keep_others_from_theirs() -> None:
    odd, good = Signal("a", 1, {}, "entity:the-box"), Signal("b", 1, {}, EVERYONE)
    assert [s.name for s in Hearing([odd, good]).by("ann")] == ["b"]


def test_a_draft_of_no_command_is_not_needed_for_the_check() -> None:
    play = given(_game(lambda _: None), players=["ann"])
    for world in (play.world, Draft(play.fold.core)):
        with pytest.raises(TypeError, match="expected a tag as text, got 7"):
            world.tag(1, 7)  # type: ignore[arg-type]
    assert not [e for e in play.log if isinstance(e, CommandSubmitted)]
