"""Worlds of a data folder are ended by command, while no server runs over it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lqe.adapters.files import FileObjects
from lqe.adapters.scenarios import ScenarioCode
from lqe.adapters.sqlite import SQLiteLogs
from lqe.cli.main import cli
from lqe.codec import Codec
from lqe.errors import BadInput, WorldDeleted
from lqe.events import WorldClosed, event_name
from lqe.local.lock import FolderLock
from lqe.ports.log import Commit, Record
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


@pytest.fixture
def over(data: Path) -> Path:
    """The same, with the world closed."""
    assert run("close", "w1", "--data", data).exit_code == 0
    return data


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


def test_a_world_is_closed_once(over: Path) -> None:
    again = run("close", "w1", "--data", over)
    assert again.exit_code == 1
    assert "closed already" in again.output


@pytest.mark.parametrize("command", [["archive"], ["delete", "--yes"]])
def test_a_world_that_goes_on_stays_where_it_is(data: Path, command: list[str]) -> None:
    done = run(*command, "w1", "--data", data)
    assert isinstance(done.exception, BadInput)
    assert "close it first" in str(done.exception)


def test_an_archive_replays_without_the_folder_that_it_is_of(over: Path, tmp_path: Path) -> None:
    done = run("archive", "w1", "--data", over)
    assert done.exit_code == 0, done.output
    archive = over / "local" / "archives" / "w1.archive"
    elsewhere = archive.rename(tmp_path / "w1.archive")
    judged = CliRunner().invoke(cli, ["replay", "verify", str(elsewhere), "--json"])
    report = json.loads(judged.stdout)
    # Nobody attested this log: the verdict says so, of every event of it.
    assert (report["world"], report["verdict"]) == ("w1", "inconclusive")
    assert "no keyframe of this log is attested" in report["divergence"]["what"]
    assert report["events"] == len(events_of(over))


def events_of(data: Path) -> list[Record]:
    logs = SQLiteLogs(data, read_only=True)
    found = list(logs.tenant("local").world("w1").read())
    logs.close()
    return found


def test_a_deleted_world_is_gone_and_its_name_stays_taken(over: Path) -> None:
    done = run("delete", "w1", "--yes", "--data", over)
    assert done.exit_code == 0, done.output
    assert "there is no archive" in done.output
    assert events_of(over) == []
    logs = SQLiteLogs(over)
    (refused,) = logs.tenant("local").append([Commit("w1", 0, ["x"], [b"x"], 0, 0, [])])
    assert isinstance(refused, WorldDeleted)
    assert logs.tenant("local").worlds() == []
    logs.close()
    listed = CliRunner().invoke(cli, ["worlds", str(over)])
    assert "no world was opened" in listed.output


def test_a_world_is_not_deleted_by_a_slip(over: Path) -> None:
    done = CliRunner().invoke(cli, ["world", "delete", "w1", "--data", str(over)], input="n\n")
    assert done.exit_code == 1
    assert events_of(over)
