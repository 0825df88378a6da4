"""A game from nothing: it runs, is healthy, passes its own tests, and says what comes next."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lqe.cli.main import cli
from lqe.testing import Game, joined


def new(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["new", *map(str, arguments)])


def plain_pytest(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "frog_pond"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("new")
    done = new("frog_pond", "--in", folder)
    assert done.exit_code == 0, done.output
    for command in ("ledgerquest dev", "pytest", "ledgerquest doctor"):
        assert f"{command} {folder / 'frog_pond'}" in done.output
    return folder / "frog_pond"


def test_the_game_bears_its_name_and_nothing_of_the_template(made: Path) -> None:
    files = {p.relative_to(made).as_posix() for p in made.rglob("*") if p.is_file()}
    assert files == {"__init__.py", "README.md", "tests/test_frog_pond.py"}
    for file in files:
        text = (made / file).read_text()
        assert "my_game" not in text
        assert "My game" not in text
    assert Game(made).scenario.title == "Frog pond"
    assert (made / "README.md").read_text().startswith("# Frog pond\n")


def test_the_game_passes_its_own_tests_by_plain_pytest(made: Path) -> None:
    done = plain_pytest(made.parent)
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout


def test_its_tests_fail_when_its_rules_are_broken(made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "frog_pond"
    shutil.copytree(made, copy)
    main = copy / "__init__.py"
    assert "SPEED * world.dt" in main.read_text()
    main.write_text(main.read_text().replace("SPEED * world.dt", "0.0"))
    done = plain_pytest(tmp_path)
    assert done.returncode == 1
    assert "FAILED frog_pond/tests/test_frog_pond.py::test_a_picker_walks_where_it_is_sent" in (
        done.stdout
    )


def test_doctor_finds_the_game_healthy(made: Path) -> None:
    done = CliRunner().invoke(cli, ["doctor", str(made), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["healthy"] is True
    assert found["events"] > 50


def test_a_player_has_one_picker_however_often_they_come(made: Path) -> None:
    game = Game(made).given(joined("ann"), joined("ann"))
    assert len(game.world.tagged("picker")) == 1


def test_two_pickers_never_get_the_same_apple(made: Path) -> None:
    game = Game.played(made, players=8, seconds=60)
    picked = [s.data["apple"] for s in game.signals if s.name == "picked"]
    assert len(picked) == len(set(picked)) > 50
    assert len(game.world.tagged("apple")) == game.module.APPLES
    assert sum(p["score"] for p in game.sees("bot-1")["world"]["pickers"].values()) == len(picked)


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "precious").write_text("x")
    done = new("mine", "--in", tmp_path)
    assert done.exit_code == 1
    assert "is there already" in done.output
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["precious"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Frog-Pond", "frog_pond for example"),
        ("9lives", "the first a letter"),
        ("a/b", "a_b for example"),
        ("..", "small letters"),
        ("", "small letters"),
        ("x" * 41, "at most 40"),
        ("class", "Python or its tools use: choose another, class_game"),
        ("random", "choose another"),
        ("lqe", "choose another"),
        ("tests", "choose another"),
    ],
)
def test_a_name_that_is_none_is_refused_with_what_to_do(
    name: str, said: str, tmp_path: Path
) -> None:
    done = new(name, "--in", tmp_path)
    assert done.exit_code == 2
    assert said in " ".join(done.output.replace("│", " ").split())
    assert not list(tmp_path.iterdir())


def test_a_place_that_is_not_there_is_refused(tmp_path: Path) -> None:
    done = new("pond", "--in", tmp_path / "nowhere")
    assert done.exit_code == 2
    assert "does not exist" in done.output
