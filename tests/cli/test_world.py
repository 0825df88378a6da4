"""Worlds of a data folder are ended by command, while no server runs over it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lqe.adapters.files import FileObjects
from lqe.adapters.scenarios import ScenarioCode
from lqe.adapters.sqlite import SQLiteLogs
from lqe.cli.main import cli
from lqe.codec import Codec
from lqe.events import WorldClosed, event_name
from lqe.local.lock import FolderLock
from lqe.ports.log import Commit
from lqe.testing import Game, after, joined
from tests.recorded import STONES


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder that holds one world, `w1`, which was played for a while."""
    game = Game(STONES).given(joined("ann"), after(ticks=100))
    logs = SQLiteLogs(tmp_path)
    names = [event_name(event) for event in game.events]
    assert logs.tenant("local").append([Commit("w1", 0, names, game.log, 0, 0, [])]) == [None]
    logs.close()
    ScenarioCode(FileObjects(tmp_path).tenant("local")).keep(game.source)
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["world", *map(str, arguments)])


def test_a_world_is_closed_in_its_log(data: Path) -> None:
    done = run("close", "w1", "--data", data, "--reason", "the course is over")
    assert done.exit_code == 0, done.output
    logs = SQLiteLogs(data)
    *_, last = logs.tenant("local").world("w1").read()
    logs.close()
    event = Codec().decode(last.data)
    assert isinstance(event, WorldClosed)
    assert event.reason == "the course is over"


def test_a_folder_with_a_server_over_it_is_left_to_that_server(data: Path) -> None:
    lock = FolderLock(data)
    done = run("close", "w1", "--data", data)
    lock.release()
    assert done.exit_code == 1
    assert "POST /v1/worlds/w1/close" in done.output


def test_a_world_that_is_not_there_is_told_from_those_that_are(data: Path) -> None:
    done = run("close", "w2", "--data", data)
    assert done.exit_code == 1
    assert "no world 'w2'; there are: w1" in done.output
