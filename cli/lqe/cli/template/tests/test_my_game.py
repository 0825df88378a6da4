"""The rules of the game, one test each. Run them with `pytest my_game`."""

from pathlib import Path

from lqe.testing import Game, after, joined, sent

FOLDER = Path(__file__).parents[1]


def test_a_picker_walks_where_it_is_sent() -> None:
    game = Game(FOLDER).given(joined("ann"))
    game.when("ann", game.commands.Walk(x=300.0, y=40.0)).then_applied()
    game.given(after(seconds=5))
    (picker,) = game.sees("ann")["world"]["pickers"].values()
    assert (picker["x"], picker["y"]) == (300.0, 40.0)


def test_nobody_walks_off_the_map() -> None:
    game = Game(FOLDER).given(joined("ann"))
    game.when("ann", game.commands.Walk(x=-1.0, y=40.0)).then_refused("off_the_map")


def test_an_apple_goes_to_who_fetches_it_and_everybody_hears() -> None:
    game = Game(FOLDER).given(joined("ann", "bob"))
    apple = game.world.tagged("apple")[0]
    game.given(sent("ann", "fetch", apple=apple))
    picked = {"player": "ann", "apple": apple}
    game.when(after(seconds=10)).then_signal("picked", who="bob", data=picked)
    game.when("bob", "fetch", apple=apple).then_refused("gone")
    assert game.sees("ann")["you"]["apples"] >= 1
    assert len(game.world.tagged("apple")) == game.module.APPLES


def test_bots_play_a_minute_and_the_log_gives_the_same_again() -> None:
    game = Game.played(FOLDER, players=3, seconds=60)
    assert any(signal.name == "picked" for signal in game.signals)
    game.replays()
