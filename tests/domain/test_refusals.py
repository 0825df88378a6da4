"""Every code by which a recorded command or join is refused has a row here; nothing is changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from lqe.codec import Codec
from lqe.events import EventPassed, WorldClosed
from lqe.fold.outcomes import Code, Outcome
from lqe.limits import SEQ_WINDOW, SESSIONS_KEPT, Limits
from lqe.scenario import Command, Scenario, World
from tests.scenarios import Earn, Fail, Sabotage, Spend, Wallet, avatar, toy
from tests.steps import Play, assert_replays, given, records

Row = tuple[Callable[[], Play], Callable[[Play], Outcome]]


def _game() -> Play:
    return given(toy(), players=["ann", "bob"])


def _repeating() -> Play:
    play = _game()
    play.orders("ann", Earn(1.0), seq=1)
    return play


def _far_ahead() -> Play:
    play = _game()
    play.orders("ann", Earn(1.0), seq=SEQ_WINDOW + 1)
    return play


def _halted() -> Play:
    play = _game()
    play.orders("ann", Sabotage("raise", 5))
    play.passes(10)
    return play


def _closed() -> Play:
    play = _game()
    play.closes()
    return play


def _late() -> Play:
    play = _game()
    play.passes(10)
    return play


def _earn(play: Play) -> Outcome:
    return play.orders("ann", Earn(1.0))


def _passed_over(play: Play) -> Outcome:
    """Order something about which somebody has decided, as whoever folds the log again knows."""
    at = len(play.log)
    decided = EventPassed(
        tick=play.tick, passed=at, part="event", since=play.tick, reason="it loops", by="me"
    )
    play.fold.foresee([*records([*play.log, WorldClosed(), decided])[-1:]], Codec().decode)
    outcome = _earn(play)
    play.record(decided)
    return outcome


ROWS: dict[Code, Row] = {
    Code.UNKNOWN_SESSION: (_game, lambda play: play.orders("ann", Earn(1.0), session="other")),
    Code.DUPLICATE: (_repeating, lambda play: play.orders("ann", Earn(1.0), seq=1)),
    Code.STALE: (_far_ahead, lambda play: play.orders("ann", Earn(1.0), seq=1)),
    Code.LATE: (_late, lambda play: play.orders("ann", Earn(1.0), not_after=9)),
    Code.NOT_STARTED: (lambda: given(toy(quorum=2), players=["ann"]), _earn),
    Code.WORLD_FAULTED: (_halted, _earn),
    Code.WORLD_CLOSED: (_closed, _earn),
    Code.WORLD_FULL: (
        lambda: given(toy(), players=["ann"], limits=Limits(max_players=1)),
        lambda play: play.joins("bob"),
    ),
    Code.UNKNOWN_COMMAND: (_game, lambda play: play.orders("ann", Earn(1.0), name="steal")),
    Code.BAD_ARGUMENTS: (
        _game,
        lambda play: play.orders("ann", Earn(1.0), args=msgspec.msgpack.encode({"amount": "x"})),
    ),
    Code.OUT_OF_TURN: (
        lambda: given(toy(turns=True), players=["ann", "bob"]),
        lambda play: play.orders("bob", Earn(1.0)),
    ),
    Code.OVER_LIMIT: (_game, lambda play: play.orders("ann", Fail("entities"))),
    Code.FAULTED: (_game, lambda play: play.orders("ann", Fail("error"))),
    Code.PASSED_OVER: (_game, _passed_over),
}


def test_there_is_a_row_for_every_code() -> None:
    assert set(ROWS) == set(Code)


@pytest.mark.parametrize("code", Code)
def test_a_refusal_says_why_and_changes_nothing(code: Code) -> None:
    given_world, when = ROWS[code]
    play = given_world()
    before = play.state("players")
    signals = len(play.signals)
    outcome = when(play)
    assert outcome.code == code
    assert not outcome.applied
    assert outcome.reason
    assert play.state("players") == before
    assert len(play.signals) == signals
    play.passes(100)
    assert_replays(play)


def test_a_scenario_refuses_by_codes_of_its_own() -> None:
    play = _game()
    before = play.state("players")
    outcome = play.orders("ann", Spend(99.0))
    assert (outcome.code, outcome.reason) == ("no_cash", "needs 89.0 more")
    assert play.state("players") == before


def test_a_scenario_refuses_a_join_by_codes_of_its_own() -> None:
    play = _game()
    before = play.state()
    outcome = play.joins("refused")
    assert outcome.code == "not_you"
    assert play.state() == before


def test_a_join_whose_hook_fails_lets_nobody_in() -> None:
    play = _game()
    before = play.state()
    assert play.joins("broken").code == Code.FAULTED
    assert play.state() == before
    assert play.orders("broken", Earn(1.0)).code == Code.UNKNOWN_SESSION


@pytest.mark.parametrize("code", sorted(set(Code) - {Code.UNKNOWN_SESSION, Code.WORLD_FULL}))
def test_a_refused_command_is_known_when_it_comes_again(code: Code) -> None:
    given_world, when = ROWS[code]
    play = given_world()
    first = when(play)
    assert first.seq is not None
    again = play.orders(first.player, Earn(1.0), seq=first.seq)
    if code is Code.STALE:
        assert again.code == Code.STALE
    else:
        assert again.code == Code.DUPLICATE
        assert again.original == (first.original or first.position)


@pytest.mark.parametrize("how", ["signals", "later", "entities"])
def test_a_command_beyond_a_limit_changes_nothing(how: str) -> None:
    play = _game()
    before = play.state("players")
    outcome = play.orders("ann", Fail(how))  # type: ignore[arg-type]
    assert outcome.code == Code.OVER_LIMIT
    assert play.state("players") == before


def test_a_duplicate_names_the_original_position() -> None:
    play = _game()
    first = play.orders("ann", Earn(1.0), seq=1)
    play.orders("bob", Earn(1.0), seq=1)
    again = play.orders("ann", Earn(1.0), seq=1)
    assert again.original == first.position
    assert again.position != first.position
    assert str(first.position) in (again.reason or "")


def test_a_command_that_was_overtaken_inside_the_window_is_accepted_once() -> None:
    play = _game()
    play.orders("ann", Earn(1.0), seq=SEQ_WINDOW)
    assert play.orders("ann", Earn(1.0), seq=1).applied
    assert play.orders("ann", Earn(1.0), seq=1).code == Code.DUPLICATE
    assert play.orders("ann", Earn(1.0), seq=0).code == Code.STALE
    assert play.world.get(avatar(play.world, "ann"), Wallet).cash == 12.0


def test_the_window_moves_with_the_highest_seq() -> None:
    play = _game()
    for seq in range(1, 2 * SEQ_WINDOW):
        assert play.orders("ann", Earn(1.0), seq=seq).applied
    highest = 2 * SEQ_WINDOW - 1
    codes = [play.orders("ann", Earn(1.0), seq=s).code for s in range(1, highest + 1)]
    assert codes == [Code.STALE] * (SEQ_WINDOW - 1) + [Code.DUPLICATE] * SEQ_WINDOW


def test_the_ninth_session_makes_the_first_unknown() -> None:
    play = _game()
    for number in range(SESSIONS_KEPT - 1):
        play.joins("ann", f"extra{number}")
    assert play.orders("ann", Earn(1.0), session="ann").applied
    play.joins("ann", "one too many")
    assert play.orders("ann", Earn(1.0), session="ann").code == Code.UNKNOWN_SESSION
    assert play.orders("ann", Earn(1.0), session="extra0").applied


def test_the_end_of_an_older_connection_says_nothing_of_a_newer_one() -> None:
    play = _game()
    play.joins("ann", by="c1")
    play.joins("ann", by="c2")
    play.leaves("ann", by="c1")
    assert play.world.present("ann")
    play.leaves("ann", by="c2")
    assert not play.world.present("ann")
    play.joins("ann", by="c3")
    play.leaves("ann")
    assert not play.world.present("ann"), "without a name it is whatever connection there is"


def test_a_resumed_session_keeps_its_numbering_and_closes_the_newer_connection() -> None:
    play = _game()
    first = play.orders("ann", Earn(1.0), seq=1)
    play.joins("ann", "newer")
    play.leaves("ann", "ann")
    assert play.world.present("ann"), "the older connection was closed already"
    play.joins("ann", "ann")
    again = play.orders("ann", Earn(1.0), seq=1)
    assert (again.code, again.original) == (Code.DUPLICATE, first.position)
    play.leaves("ann", "newer")
    assert play.world.present("ann")
    play.leaves("ann", "ann")
    assert not play.world.present("ann")


def test_not_after_is_the_last_tick_that_will_do() -> None:
    play = _late()
    assert play.orders("ann", Earn(1.0), not_after=10).applied
    assert play.orders("ann", Earn(1.0), not_after=9).code == Code.LATE
    assert play.orders("ann", Earn(1.0), not_after=0).code == Code.LATE


def test_a_full_world_lets_known_players_back_in() -> None:
    play = given(toy(), players=["ann"], limits=Limits(max_players=1))
    play.leaves("ann")
    assert play.joins("ann").applied


class Say(Command, frozen=True):
    """Say anything."""

    words: Any


@pytest.mark.parametrize("depth", [5_000, 50_000])
def test_arguments_nested_too_deep_are_refused_like_other_bad_ones(depth: int) -> None:
    game = Scenario("talk")

    @game.command(Say)
    def say(world: World, player: str, order: Say) -> None:
        world.signal("said", {"words": order.words})

    play = given(game, players=["ann"])
    args = b"\x81\xa5words" + b"\x91" * depth + b"\x90"
    assert play.orders("ann", Say(1), args=args).code == Code.BAD_ARGUMENTS


@pytest.mark.parametrize("args", [b"", b"\xc1", b"\x90", b"\x81\xa6amount\xcb\x7f\xf8\0\0\0\0\0\0"])
def test_arguments_that_are_no_map_of_finite_numbers_are_refused(args: bytes) -> None:
    play = _game()
    before = play.state("players")
    assert play.orders("ann", Earn(1.0), args=args).code in (Code.BAD_ARGUMENTS, Code.FAULTED)
    assert play.state("players") == before
