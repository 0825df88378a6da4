"""A game ends by its own rules or by an operator, and its players are told how."""

from __future__ import annotations

import pytest

from lqe.ecs import Component
from lqe.errors import Refused
from lqe.events import WorldClosed
from lqe.fold.outcomes import Code
from lqe.scenario import Command, Scenario, World
from tests.steps import Play, assert_replays, given


class Board(Component):
    """How often something moved."""

    moves: int = 0


class Finish(Command, frozen=True):
    """End the game, or fail in doing so."""

    how: str = "well"


class Ring(Command, frozen=True):
    """Let the game end in so many ticks."""

    ticks: int


def _game() -> Scenario:
    game = Scenario("finite", components=(Board,))

    @game.opening
    def open_world(world: World) -> None:
        world.spawn(Board(), tags=("board",))

    @game.command(Finish)
    def finish(world: World, player: str, order: Finish) -> None:
        world.close(f"{player} won", {"winner": player, "points": {"ann": 3}})
        if order.how == "refused":
            raise Refused("not_yet", "the game goes on")
        if order.how == "failed":
            raise RuntimeError

    @game.command(Ring)
    def ring(world: World, player: str, order: Ring) -> None:
        world.after(order.ticks, "bell", {})

    @game.scheduled
    def bell(world: World, data: object) -> None:
        world.close("the bell rang")
        world.close("and again")

    @game.system()
    def move(world: World) -> None:
        world.get(world.one("board"), Board).moves += 1

    return game


def _moves(play: Play) -> int:
    return play.world.get(play.world.one("board"), Board).moves


def test_a_command_ends_the_game_and_everybody_hears_what_it_came_to() -> None:
    play = given(_game(), players=["ann", "bob"])
    assert play.orders("ann", Finish()).applied
    assert play.life == "closed"
    (told,) = play.named("world_closed")
    assert told.audience == "everyone"
    assert told.data == {
        "reason": "ann won",
        "result": {"winner": "ann", "points": {"ann": 3}},
    }
    assert play.orders("bob", Finish()).code == Code.WORLD_CLOSED
    assert play.joins("cleo").code == Code.WORLD_CLOSED
    play.passes(120)
    assert_replays(play)


def test_how_it_ended_is_part_of_the_state() -> None:
    play = given(_game(), players=["ann"])
    play.orders("ann", Finish())
    assert play.state()["ending"]["reason"] == "ann won"
    play.passes(100)
    assert play.fold.core.ending.result == {"winner": "ann", "points": {"ann": 3}}


def test_the_tick_at_which_a_game_ends_is_its_last() -> None:
    play = given(_game(), players=["ann"])
    play.orders("ann", Ring(7))
    play.passes(30)
    assert (_moves(play), play.world.tick) == (7, 30)
    assert [(s.tick, s.data) for s in play.named("world_closed")] == [
        (7, {"reason": "the bell rang"})
    ]
    play.passes(100)
    assert _moves(play) == 7
    assert_replays(play)


@pytest.mark.parametrize("how", ["refused", "failed"])
def test_a_command_that_comes_to_nothing_ends_nothing(how: str) -> None:
    play = given(_game(), players=["ann"])
    assert not play.orders("ann", Finish(how)).applied
    assert play.life == "running"
    assert not play.named("world_closed")
    assert "ending" not in play.state()


def test_an_operator_ends_it_with_a_reason() -> None:
    play = given(_game(), players=["ann"])
    play.record(WorldClosed(tick=play.tick, reason="the course is over"))
    assert [s.data for s in play.named("world_closed")] == [{"reason": "the course is over"}]
    assert_replays(play)


def test_the_first_end_counts() -> None:
    play = given(_game(), players=["ann"])
    play.orders("ann", Finish())
    play.record(WorldClosed(tick=play.tick, reason="too late"))
    assert len(play.named("world_closed")) == 1
    assert play.fold.core.ending.reason == "ann won"


def test_an_end_without_words_leaves_the_state_as_it_always_was() -> None:
    play = given(_game(), players=["ann"])
    play.closes()
    assert [s.data for s in play.named("world_closed")] == [{}]
    assert "ending" not in play.state()


def test_a_game_can_end_in_its_lobby_by_who_comes() -> None:
    game = Scenario("closed door")

    @game.joined
    def join(world: World, player: str) -> None:
        world.close()

    play = given(game)
    assert play.joins("ann").applied
    assert play.life == "closed"


@pytest.mark.parametrize("wrong", ["reason", "result"])
def test_what_a_game_came_to_is_plain_and_its_reason_is_in_words(wrong: str) -> None:
    game = Scenario("odd")

    @game.command(Finish)
    def finish(world: World, player: str, order: Finish) -> None:
        if wrong == "reason":
            world.close(7)  # type: ignore[arg-type]
        else:
            world.close(result={"at": float("nan")})

    play = given(game, players=["ann"])
    assert play.orders("ann", Finish()).code == Code.FAULTED
    assert play.life == "running"
