"""An event that cannot be folded is passed over by a decision in the log, and replays as such."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import pytest

from lqe.codec import Codec
from lqe.ecs import Component
from lqe.errors import Quarantine, Unfoldable
from lqe.events import (
    AnyEvent,
    ClockAdvanced,
    CommandSubmitted,
    EventPassed,
    KeyframeRecorded,
    PlayerJoined,
    PlayerLeft,
    ScenarioUpgraded,
)
from lqe.fold import Fold, Folded, Snapshot
from lqe.fold.outcomes import Code
from lqe.ports.budget import OutOfTime
from lqe.scenario import Command, Rules, Scenario, World
from lqe.stuck import Stuck
from tests.steps import opening, present_state, records, shelf


class Count(Component):
    """What is counted."""

    ticks: int = 0
    orders: int = 0


class Add(Command, frozen=True):
    """Count one more."""


class Hang(Command, frozen=True):
    """Take for ever: the watchdog of a budget raises this in code that does."""


def _game(hangs: str, *, quorum: int = 1) -> Scenario:
    """Return a game in which one thing never ends."""
    game = Scenario("Hanging", components=(Count,), rules=Rules(quorum=quorum))

    def maybe(what: str) -> None:
        if what == hangs:
            raise OutOfTime

    @game.opening
    def begin(world: World) -> None:
        world.spawn(Count(), tags=("count",))

    @game.command(Add)
    def add(world: World, _player: str, _order: Add) -> None:
        world.get(world.one("count"), Count).orders += 1

    @game.command(Hang)
    def hang(world: World, _player: str, _order: Hang) -> None:
        world.get(world.one("count"), Count).orders += 100
        maybe("command")
        if hangs == "recursion":
            raise RecursionError

    @game.system()
    def tick(world: World) -> None:
        world.get(world.one("count"), Count).ticks += 1
        if world.tick == 30:
            maybe("system")

    @game.joined
    def joined(_world: World, player: str) -> None:
        if player == "bob":
            maybe("join")

    @game.left
    def left(_world: World, _player: str) -> None:
        maybe("leave")

    @game.migrate
    def migrate(state: dict[str, Any], _before: str) -> dict[str, Any]:
        maybe("migrate")
        return state

    return game


_CODE = {h: shelf(_game(h), _game("nothing"), _game("migrate")) for h in (
    "command", "recursion", "system", "join", "leave", "nothing")}  # fmt: skip
_ANN = PlayerJoined(player="ann", session="a")


def _order(seq: int, name: str = "add", tick: int = 10) -> CommandSubmitted:
    return CommandSubmitted(tick=tick, player="ann", session="a", seq=seq, name=name)


class Folds:
    """What folding a log came to."""

    def __init__(self, hangs: str, log: Sequence[AnyEvent], start: Snapshot | None = None) -> None:
        code = _CODE[hangs]
        self.fold = Fold(code) if start is None else Fold.restore(start, code)
        first = self.fold.position + 1
        self.fold.foresee(records(log)[first:], Codec().decode)
        self.folded: list[Folded] = []
        self.stuck: Stuck | None = None
        self.error: BaseException | None = None
        for position, event in enumerate(log[first:], first):
            try:
                self.folded.append(self.fold.fold(position, event))
            except (OutOfTime, Quarantine) as error:
                self.stuck, self.error = self.fold.stuck, error
                return

    def code_at(self, position: int) -> str | None:
        (outcome,) = next(f.outcomes for f in self.folded if f.position == position)
        return outcome.code

    @property
    def count(self) -> Count:
        world = World(self.fold.core)
        return world.get(world.one("count"), Count)


def _decide(log: Sequence[AnyEvent], stuck: Stuck, part: Literal["event", "ticks"]) -> EventPassed:
    return EventPassed(
        tick=log[-1].tick,
        passed=stuck.position,
        part=part,
        since=log[stuck.position - 1].tick,
        reason="a loop",
        by="me",
    )


def _assert_replays(hangs: str, log: Sequence[AnyEvent]) -> Folds:
    """Fold a log from its start, and cold from every keyframe; return the former."""
    whole = Folds(hangs, log)
    assert whole.stuck is None, whole.error
    for snapshot in [k for f in whole.folded for k in f.keyframes]:
        cold = Folds(hangs, log, snapshot)
        assert cold.stuck is None
        assert present_state(cold.fold) == present_state(whole.fold)
    return whole


@pytest.mark.parametrize("hangs", ["command", "recursion"])
def test_a_command_that_is_passed_over_is_refused_and_nothing_of_it_happens(hangs: str) -> None:
    log: list[AnyEvent] = [opening(), _ANN, _order(1), _order(2, "hang"), _order(3)]
    found = Folds(hangs, log)
    assert found.stuck == Stuck(position=3, tick=10, part="event", where="command hang")
    assert isinstance(found.error, OutOfTime if hangs == "command" else Unfoldable)
    log += [_decide(log, found.stuck, "event"), ClockAdvanced(tick=300), _order(2, "hang", 300)]
    whole = _assert_replays(hangs, log)
    assert whole.code_at(3) == Code.PASSED_OVER
    assert whole.code_at(4) is None
    assert whole.code_at(7) == Code.DUPLICATE, "sent again it is the one that was passed over"
    assert whole.count == Count(ticks=300, orders=2)


def test_a_system_without_end_halts_the_world_before_its_ticks_until_it_is_upgraded() -> None:
    log: list[AnyEvent] = [opening(), _ANN, _order(1), ClockAdvanced(tick=40), _order(2, tick=41)]
    found = Folds("system", log)
    assert found.stuck == Stuck(position=3, tick=30, part="ticks", where="tick")
    log += [
        _decide(log, found.stuck, "ticks"),
        ScenarioUpgraded(tick=41, scenario="b"),
        _order(3, tick=141),
    ]
    whole = _assert_replays("system", log)
    assert whole.code_at(4) == Code.WORLD_FAULTED
    assert whole.code_at(7) is None
    assert whole.fold.digest_of_scenario == "b", "it is in force at once"
    assert whole.count == Count(ticks=10 + 100, orders=2)


def test_corrected_code_comes_into_force_without_folding_a_command_that_never_ends() -> None:
    log: list[AnyEvent] = [opening(), _ANN, _order(1), _order(2, "hang"), _order(3, "hang")]
    found = Folds("command", log)
    assert found.stuck is not None
    log += [_decide(log, found.stuck, "ticks"), ScenarioUpgraded(tick=10, scenario="b"), _order(4)]
    whole = _assert_replays("command", log)
    assert [whole.code_at(p) for p in (3, 4, 7)] == [Code.WORLD_FAULTED, Code.WORLD_FAULTED, None]


def test_a_join_that_is_passed_over_lets_nobody_in_and_a_leave_is_noted_all_the_same() -> None:
    bob = PlayerJoined(tick=5, player="bob", session="b")
    log: list[AnyEvent] = [opening(), _ANN, bob]
    found = Folds("join", log)
    assert found.stuck is not None
    whole = _assert_replays("join", [*log, _decide(log, found.stuck, "event")])
    assert whole.code_at(2) == Code.PASSED_OVER
    assert list(whole.fold.core.players) == ["ann"]

    log = [opening(), _ANN, PlayerLeft(tick=5, player="ann", session="a")]
    found = Folds("leave", log)
    assert found.stuck is not None
    whole = _assert_replays("leave", [*log, _decide(log, found.stuck, "event")])
    assert not whole.fold.core.players["ann"].present


def test_an_upgrade_whose_migration_never_ends_is_passed_over_itself() -> None:
    upgraded = ScenarioUpgraded(tick=10, scenario="c")
    log: list[AnyEvent] = [opening(), _ANN, upgraded, ClockAdvanced(tick=60)]
    found = Folds("nothing", log)
    assert found.stuck is not None
    assert (found.stuck.position, found.stuck.part) == (3, "upgrade")
    log.append(
        EventPassed(tick=60, passed=2, part="event", since=10, reason="its migrate loops", by="me")
    )
    whole = _assert_replays("nothing", log)
    assert whole.fold.digest_of_scenario == "a"
    assert whole.fold.core.upgrade is None


def test_a_lobby_that_was_passed_over_is_a_lobby_again() -> None:
    bob = PlayerJoined(tick=5, player="bob", session="b")
    game = shelf(_game("join", quorum=2), _game("nothing", quorum=2))
    log: list[AnyEvent] = [
        opening(), _ANN, bob,
        EventPassed(tick=5, passed=2, part="ticks", since=0, reason="", by="me"),
        ScenarioUpgraded(tick=5, scenario="b"),
    ]  # fmt: skip
    fold = Fold(game)
    fold.foresee(records(log), Codec().decode)
    for position, event in enumerate(log):
        fold.fold(position, event)
    assert fold.core.life == "lobby"
    fold.fold(len(log), bob)
    assert fold.core.life != "lobby"


def test_a_decision_is_void_when_a_keyframe_beyond_its_event_was_recorded_before_it() -> None:
    log: list[AnyEvent] = [opening(), _ANN, _order(1), ClockAdvanced(tick=60)]
    reached = [k for f in Folds("nothing", log).folded for k in f.keyframes][-1].header
    recorded = KeyframeRecorded(
        tick=60, keyframe=reached.tick, position=reached.position, digest=reached.digest, profile=""
    )
    decided = EventPassed(tick=60, passed=2, part="event", since=0, reason="", by="me")
    void = _assert_replays("nothing", [*log, recorded, decided])
    assert void.code_at(2) is None
    counts = _assert_replays("nothing", [*log, decided])
    assert counts.code_at(2) == Code.PASSED_OVER


def test_who_folded_without_looking_ahead_does_not_go_on_past_the_decision() -> None:
    log: list[AnyEvent] = [opening(), _ANN, _order(1)]
    fold = Fold(_CODE["nothing"])
    for position, event in enumerate(log):
        fold.fold(position, event)
    decided = EventPassed(tick=10, passed=2, part="event", since=0, reason="", by="me")
    with pytest.raises(Quarantine, match="position 2 was folded here"):
        fold.fold(3, decided)


def test_a_decision_is_about_what_was_recorded_before_it() -> None:
    early = EventPassed(tick=10, passed=3, part="event", since=0, reason="", by="me")
    whole = _assert_replays("nothing", [opening(), _ANN, early, _order(1)])
    assert whole.code_at(3) is None
