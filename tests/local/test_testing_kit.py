"""The kit for scenario authors: it says what a live game says, and fails in words."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lqe.errors import ScenarioError
from lqe.events import ClockAdvanced, CommandSubmitted, PlayerJoined
from lqe.testing import Game, after, joined, left, sent
from tests.docs.test_code_in_the_docs import CODE

STONES = Path(__file__).parents[1] / "games" / "stones"
BREW = "    if price > stand.cash:\n"
THIRST = "        if stand.cups and world.random.chance(0.6):\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "lemonade"
    folder.mkdir()
    (folder / "__init__.py").write_text(CODE["lemonade"])
    return folder


def changed(folder: Path, old: str, new: str) -> Path:
    """Put something into the game's code."""
    main = folder / "__init__.py"
    text = main.read_text()
    assert old in text
    main.write_text(text.replace(old, new, 1))
    return folder


def fails(*parts: str) -> "pytest.RaisesExc[AssertionError]":
    """Expect a failure whose message has all these parts, in order."""
    return pytest.raises(AssertionError, match="(?s)" + ".*".join(map(re.escape, parts)))


def test_a_command_is_applied_and_the_world_shows_it(folder: Path) -> None:
    game = Game(folder).given(joined("ann"))
    game.when("ann", game.commands.Brew(cups=3)).then_applied()
    stand = game.world.get(game.world.one("stand of ann"), game.components.Stand)
    assert (stand.cash, stand.cups) == (8.5, 3)
    assert game.sees("ann") == {"world": {"stands": {"ann": {"cash": 8.5, "cups": 3}}}, "you": {}}


def test_a_command_is_given_by_its_type_or_by_its_name(folder: Path) -> None:
    game = Game(folder).given(joined("ann"))
    game.given(sent("ann", "brew", cups=1), sent("ann", game.commands.Brew(cups=1)))
    game.when("ann", "brew", cups=1).then_applied()
    game.when(sent("ann", "brew", cups=1)).then_applied()
    assert game.module.Brew is game.commands.Brew
    assert game.sees("ann")["world"]["stands"]["ann"]["cups"] == 4


def test_a_refusal_is_expected_by_its_code_and_a_part_of_its_reason(folder: Path) -> None:
    game = Game(folder).given(joined("ann"))
    happened = game.when("ann", "brew", cups=21).then_refused("too_poor", "it costs 10.50")
    with fails("ann: brew(cups=21): expected it applied", "refused as 'too_poor': it costs 10.50"):
        happened.then_applied()
    with fails("expected it refused as 'no_cups'", "it was refused as 'too_poor'"):
        happened.then_refused("no_cups")
    with fails("expected 'a gift' in the reason", "it costs 10.50"):
        happened.then_refused("too_poor", "a gift")
    with fails("expected it refused as 'too_poor', it was applied"):
        game.when("ann", "brew", cups=1).then_refused("too_poor")


def test_what_the_edge_rejects_is_not_recorded(folder: Path) -> None:
    game = Game(folder).given(joined("ann"))
    before = len(game.log)
    game.when("ann", "brew", cups="three").then_rejected("Expected `int`")
    game.when("ann", "steal").then_rejected("there are: brew")
    with fails("rejected before the log", "missing required field `cups`"):
        game.when("ann", "brew").then_applied()
    with fails("rejected before the log"):
        game.when("ann", "brew", cups=1.5).then_refused("no_cups")
    assert len(game.log) == before
    with fails("expected it rejected before the log, it was applied"):
        game.when("ann", "brew", cups=1).then_rejected()
    with fails("expected a rejection with 'float', it says:", "int"):
        game.when("ann", "brew", cups="x").then_rejected("float")


def test_a_signal_is_heard_by_those_it_is_for(folder: Path) -> None:
    game = Game(folder).given(joined("ann", "bob"), sent("ann", "brew", cups=20), left("bob"))
    happened = game.when(after(seconds=60))
    happened.then_signal("twenty", who="ann", data={"who": "ann"}).then_no_signal("ten")
    with fails("after 60 seconds: expected the signal 'twenty' heard by bob", "heard by ann"):
        happened.then_signal("twenty", who="bob")
    with fails("expected the signal 'twenty' with {'who': 'bob'}"):
        happened.then_signal("twenty", data={"who": "bob"})
    with fails("expected no signal 'twenty'", "twenty {'who': 'ann'} at tick"):
        happened.then_no_signal("twenty")
    with fails("expected the signal 'x', there was no signal"):
        game.when("ann", "brew", cups=1).then_signal("x")


def test_signals_to_one_player_and_about_a_thing_are_heard_by_few(folder: Path) -> None:
    told = (
        '    world.signal("secret", to=to_player("ann"))\n'
        '    world.signal("near", to=to_those_who_see(world.one("stand of bob")))\n'
        '    world.signal("noted")\n'
    )
    sees = (
        "\n\n@scenario.sees\ndef sees(world: World, player: str, entity: int) -> bool:\n"
        "    return world.get(entity, Stand).owner == player\n"
    )
    changed(folder, BREW, told + BREW)
    changed(folder, "import Command,", "import to_player, to_those_who_see, Command,")
    main = folder / "__init__.py"
    main.write_text(main.read_text() + sees)
    happened = Game(folder).given(joined("ann", "bob")).when("ann", "brew", cups=1)
    assert {s.name: s.by for s in happened.signals} == {
        "secret": ("ann",), "near": ("bob",), "noted": (),
    }  # fmt: skip


def test_a_given_step_that_is_refused_fails_the_test(folder: Path) -> None:
    with fails("ann: brew(cups=99): expected it applied, it was refused as 'too_poor'"):
        Game(folder).given(joined("ann"), sent("ann", "brew", cups=99))
    with fails("refused as 'unknown_session'"):
        Game(folder).given(sent("ann", "brew", cups=1))


def test_the_same_seed_gives_the_same_game_and_another_one_another(folder: Path) -> None:
    def played(seed: int) -> list[bytes | tuple[int, str]]:
        game = Game(folder, seed=seed, keyframe_interval=50)
        game.given(joined("ann"), sent("ann", "brew", cups=20), after(seconds=20))
        return [*game.log, *game.keyframes]

    assert played(1) == played(1)
    assert played(1) != played(2)


def test_time_passes_in_ticks_and_seconds_by_the_scenarios_clock(folder: Path) -> None:
    game = Game(folder).given(joined("ann"), after(seconds=1))
    assert game.tick == 20  # ticks of 50 ms
    game.given(after(ticks=7))
    assert game.tick == 27
    assert [e.tick for e in game.events if isinstance(e, ClockAdvanced)] == [5, 10, 15, 20, 25, 27]
    for wrong in ({}, {"ticks": 1, "seconds": 1.0}, {"ticks": -1}):
        with pytest.raises(ValueError, match="expected ticks or seconds"):
            after(**wrong)


def test_events_of_a_log_are_taken_as_they_stand(folder: Path) -> None:
    game = Game(folder).given(
        [
            PlayerJoined(tick=4, player="ann", session="mine"),
            CommandSubmitted(
                tick=9, player="ann", session="mine", seq=5, name="brew", args=b"\x81\xa4cups\x02"
            ),
        ],
        ClockAdvanced(tick=12),
    )
    assert game.tick == 12
    game.when("ann", "brew", cups=1).then_applied()  # goes on in that session, after seq 5
    assert game.sees("ann")["world"]["stands"]["ann"]["cups"] == 3
    game.replays()


def test_bots_play_a_game_that_a_test_can_look_at() -> None:
    game = Game.played(STONES, players=4, seconds=10, seed=3)
    assert game.tick >= 600
    assert game.events == Game.played(STONES, players=4, seconds=10, seed=3).events
    assert sum(isinstance(e, CommandSubmitted) for e in game.events) > 20
    assert any(s.name == "pushed" for s in game.signals)
    game.replays()


def test_what_a_test_changes_in_the_world_it_looks_at_is_forgotten(folder: Path) -> None:
    game = Game(folder).given(joined("ann"))
    stand = game.world.one("stand of ann")
    game.world.get(stand, game.components.Stand).cash = 1000.0
    game.world.spawn(game.components.Stand(owner="nobody"))
    game.world.random.random()
    game.world.signal("never")
    game.when("ann", "brew", cups=30).then_refused("too_poor").then_no_signal("never")
    game.given(joined("bob"))
    assert game.world.tagged("stand") == [1, 2]
    game.replays()


def test_a_fault_of_the_scenario_is_shown_with_its_line(folder: Path) -> None:
    changed(folder, BREW, "    print(1 / (order.cups - 7))\n" + BREW)
    game = Game(folder).given(joined("ann"))
    with fails("'faulted'", "lemonade/__init__.py", "1 / (order.cups - 7)", "ZeroDivisionError"):
        game.when("ann", "brew", cups=7).then_applied()
    game.when("ann", "brew", cups=7).then_refused("faulted")


def test_a_world_that_halts_fails_the_test_and_says_where(folder: Path) -> None:
    changed(folder, THIRST, "        assert not stand.cups, 'no thirst'\n" + THIRST)
    game = Game(folder).given(joined("ann"), sent("ann", "brew", cups=7))
    with fails("the world halted", "tick=20, where='thirst'", "in thirst", "no thirst"):
        game.when(after(seconds=2))


def test_a_view_that_changes_the_world_does_not_replay(folder: Path) -> None:
    view = '    return {"stands": '
    changed(folder, view, "    for _, s in world.query(Stand):\n        s.cups += 1\n" + view)
    game = Game(folder).given(joined("ann")).replays()
    game.sees("ann")
    with fails("gives another state", "entity 1: stand: {'cups': 1} here, {'cups': 0} there"):
        game.replays()


def test_what_one_world_leaves_for_the_next_does_not_replay(folder: Path) -> None:
    changed(folder, "class Stand(", "SOLD: list[int] = []\n\n\nclass Stand(")
    changed(folder, THIRST, "        SOLD.append(1)\n        stand.cash += len(SOLD)\n" + THIRST)
    Game(folder).given(joined("ann"), after(seconds=1))
    second = Game(folder).given(joined("ann"), after(seconds=1))
    with fails("gives another state", "entity 1: stand: {'cash': 12.0} here, {'cash': 11.0} there"):
        second.replays()


def test_what_a_cold_start_forgets_is_found_with_its_place(folder: Path) -> None:
    # Both runs that begin at the beginning agree: what is kept is rebuilt there each time.
    changed(folder, "class Stand(", "KEPT: dict[str, int] = {}\n\n\nclass Stand(")
    changed(folder, "    if not world.tagged(f", "    KEPT[player] = 1\n    if not world.tagged(f")
    changed(folder, THIRST, "        stand.cash += KEPT.get(stand.owner, 0)\n" + THIRST)
    game = Game(folder, keyframe_interval=100).given(joined("ann"), after(seconds=2))
    with fails("starts cold at each keyframe differs", "system thirst: entity 1, component stand"):
        game.replays()


def test_the_ways_of_the_live_game_hold_forbidden_imports_as_well(folder: Path) -> None:
    changed(folder, "from lqe.ecs", "import random\nfrom lqe.ecs")
    with pytest.raises(ScenarioError, match=r"imports random: use world\.random"):
        Game(folder)


def test_a_name_that_the_scenario_has_not_is_answered_with_those_it_has(folder: Path) -> None:
    game = Game(folder)
    with pytest.raises(AttributeError, match="no command 'Brown'; it has: Brew"):
        _ = game.commands.Brown
    assert list(game.commands) == [game.module.Brew]
    assert "Brew" in dir(game.commands)


def test_misuse_is_answered_with_what_to_write(folder: Path) -> None:
    game = Game(folder).given(joined("ann"))
    with pytest.raises(TypeError, match="expected a command of 'ann'"):
        game.when("ann")
    with pytest.raises(TypeError, match="not both"):
        sent("ann", game.commands.Brew(cups=1), cups=2)
    with pytest.raises(ValueError, match="takes names of players"):
        joined()
    with fails("has no outcome"):
        game.when(after(ticks=1)).then_applied()


def test_a_module_names_its_folder() -> None:
    from tests.games import tally

    assert Game(tally).scenario.title == Game(Path(str(tally.__file__)).parent).scenario.title


def test_an_authors_tests_run_by_plain_pytest_beside_the_game(folder: Path) -> None:
    tests = folder / "tests"
    tests.mkdir()
    (tests / "test_lemonade.py").write_text(
        "from pathlib import Path\n"
        "from lqe.testing import Game, joined\n\n"
        "def test_brewing_costs():\n"
        "    game = Game(Path(__file__).parents[1]).given(joined('ann'))\n"
        "    game.when('ann', game.commands.Brew(cups=3)).then_applied()\n"
        "    game.replays()\n"
    )
    for start, what in ((folder, "."), (folder.parent, "lemonade")):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", what],
            cwd=start,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        assert "1 passed" in done.stdout
    before = Game(folder).source.digest
    shutil.rmtree(tests)
    assert Game(folder).source.digest == before
