"""Who is there, who is in, and when a place is free again."""

from __future__ import annotations

import pytest

from lqe.errors import ScenarioError
from lqe.fold.outcomes import Code
from lqe.limits import Limits
from lqe.scenario import Command, Rules, Scenario, World
from lqe.scenario.checks import check_scenario
from lqe.version import OLDEST_RULES, RULES_VERSION
from tests.steps import Play, assert_replays, given

# What a scenario that keeps a seat for a second keeps it for, at 16 ms a tick.
KEPT = 62


class Nod(Command, frozen=True):
    """Do nothing."""


def _game(*, quorum: int = 1, keep_seat_s: float | None = 1.0) -> Scenario:
    game = Scenario("chairs", rules=Rules(quorum=quorum, keep_seat_s=keep_seat_s))

    @game.command(Nod)
    def nod(world: World, player: str, order: Nod) -> None:
        world.signal("nodded", {"by": player})

    @game.joined
    def join(world: World, player: str) -> None:
        if not world.tagged(player):
            world.spawn(tags=(player,))

    @game.gone
    def gone(world: World, player: str) -> None:
        world.despawn(world.one(player))

    return game


def _chairs(*players: str, most: int = 2, quorum: int = 1) -> Play:
    return given(_game(quorum=quorum), players=players, limits=Limits(max_players=most))


def _two_left_a_lobby_for_three(rules: int) -> Play:
    play = given(_game(quorum=3, keep_seat_s=None), rules=rules)
    for player in ("ann", "bob"):
        play.joins(player)
        play.leaves(player)
    play.joins("cleo")
    return play


def test_a_game_for_three_begins_when_three_are_there() -> None:
    play = _two_left_a_lobby_for_three(RULES_VERSION)
    assert play.life == "lobby"
    assert "1 of 3" in (play.orders("cleo", Nod()).reason or "")
    play.joins("ann")
    play.joins("bob")
    assert play.life == "running"
    assert play.named("quorum_reached")[0].data["players"] == 3
    assert_replays(play)


def test_a_world_of_older_rules_goes_on_counting_whoever_joined() -> None:
    play = _two_left_a_lobby_for_three(OLDEST_RULES)
    assert play.life == "running"
    assert_replays(play)


def test_a_world_of_older_rules_keeps_its_seats_for_ever() -> None:
    play = given(_game(), players=["ann"], rules=OLDEST_RULES)
    play.leaves("ann")
    play.passes(10 * KEPT)
    assert play.world.players == ["ann"]
    assert "left" not in play.state()["players"][0]


def test_a_seat_is_kept_for_as_long_as_the_scenario_says() -> None:
    play = _chairs("ann", "bob")
    play.leaves("ann")
    play.passes(KEPT - 1)
    assert play.joins("cleo").code == Code.WORLD_FULL
    play.passes(1)
    assert play.world.players == ["bob"]
    assert not play.world.tagged("ann"), "the scenario is told"
    assert play.joins("cleo").applied
    assert play.joins("ann").code == Code.WORLD_FULL
    assert_replays(play)


def test_a_join_finds_the_seat_free_that_is_due_at_its_tick() -> None:
    play = _chairs("ann", "bob")
    play.leaves("ann")
    play.tick += KEPT
    assert play.joins("cleo").applied


def test_who_comes_back_in_time_keeps_the_seat() -> None:
    play = _chairs("ann")
    play.leaves("ann")
    play.passes(KEPT - 1)
    play.joins("ann")
    play.passes(10 * KEPT)
    assert play.world.players == ["ann"]


def test_one_of_two_connections_that_goes_frees_nothing() -> None:
    play = _chairs("ann")
    play.joins("ann", "phone")
    play.leaves("ann", "phone")
    play.passes(10 * KEPT)
    assert play.world.players == ["ann"]


def test_without_a_rule_seats_are_kept_for_ever() -> None:
    play = given(_game(keep_seat_s=None), players=["ann"])
    play.leaves("ann")
    play.passes(100_000)
    assert play.world.players == ["ann"]


def test_who_is_gone_may_come_again_and_repeats_are_still_told() -> None:
    play = _chairs("ann", "bob")
    first = play.orders("ann", Nod(), seq=1)
    play.leaves("ann")
    play.passes(KEPT)
    assert play.orders("ann", Nod(), seq=2).code == Code.UNKNOWN_SESSION
    play.joins("ann")
    again = play.orders("ann", Nod(), seq=1)
    assert (again.code, again.original) == (Code.DUPLICATE, first.position)
    assert play.orders("ann", Nod(), seq=2).applied
    assert_replays(play)


def test_those_who_are_gone_are_remembered_up_to_a_bound() -> None:
    play = _chairs(most=2)
    for number in range(5):
        play.joins(f"guest-{number}")
        play.leaves(f"guest-{number}")
        play.passes(KEPT)
    assert [p["name"] for p in play.state()["gone"]] == ["guest-3", "guest-4"]
    assert not play.world.players
    assert_replays(play)


def test_seats_of_a_lobby_are_freed_as_well() -> None:
    play = _chairs("ann", quorum=2, most=2)
    play.leaves("ann")
    play.passes(KEPT)
    assert play.life == "lobby"
    assert play.joins("bob").applied
    assert play.joins("cleo").applied
    assert play.life == "running"


def test_a_hook_that_fails_frees_the_seat_all_the_same() -> None:
    game = Scenario("chairs", rules=Rules(keep_seat_s=0.0))

    @game.gone
    def gone(world: World, player: str) -> None:
        world.spawn(tags=("never",))
        raise RuntimeError

    play = given(game, players=["ann"])
    play.leaves("ann")
    play.passes(1)
    assert not play.world.players
    assert not play.world.tagged("never")
    assert play.life == "running"


@pytest.mark.parametrize("kept_s", [-1.0, float("inf"), float("nan")])
def test_a_seat_is_kept_for_a_time(kept_s: float) -> None:
    with pytest.raises(ScenarioError, match="keep_seat_s"):
        check_scenario(Scenario("chairs", rules=Rules(keep_seat_s=kept_s)))
