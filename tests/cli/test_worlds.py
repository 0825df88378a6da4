"""The list of worlds says how each stands, with a server over the folder and without."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.files import FileObjects
from lqe.adapters.scenarios import ScenarioCode
from lqe.adapters.sqlite import SQLiteDocuments, SQLiteLogs
from lqe.cli.main import cli
from lqe.codec import Codec
from lqe.events import ClockAdvanced, CommandSubmitted, WorldClosed, event_name
from lqe.fold import Fold, Snapshot
from lqe.ports.cursors import Cursor
from lqe.ports.log import Commit
from lqe.ports.objects import snapshot_name
from lqe.testing import Game, after, joined, left
from lqe.usage import Usage
from tests.cli.running import server
from tests.recorded import STONES


def listed(*arguments: object) -> list[dict[str, Any]]:
    done = CliRunner().invoke(cli, ["worlds", *map(str, arguments), "--json"])
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def said(*arguments: object) -> str:
    done = CliRunner().invoke(cli, ["worlds", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.stdout


def kept(game: Game, folder: Path, world: str) -> Snapshot:
    """Store a game as a server does: log, code, newest snapshot, and a cursor at that keyframe."""
    events, codec = game.events, Codec()
    logs = SQLiteLogs(folder)
    names = [event_name(e) for e in events]
    (refused,) = logs.tenant("local").append([Commit(world, 0, names, game.log, 0, 0, [])])
    assert refused is None
    logs.close()
    objects = FileObjects(folder).tenant("local")
    code = ScenarioCode(objects)
    digest = code.keep(game.source)
    fold = Fold(code)
    frames = [f for i, data in enumerate(game.log)
              for f in fold.fold(i, codec.decode(data)).keyframes]  # fmt: skip
    newest = frames[-1]
    objects.put(snapshot_name(world, newest.header.tick), newest.encode())
    before = events[: newest.header.position + 1]
    usage = Usage(events=len(before), commands=sum(isinstance(e, CommandSubmitted) for e in before))
    documents = SQLiteDocuments(folder)
    cursor = Cursor(
        position=newest.header.position, tick=newest.header.tick, snapshot=newest.header.tick,
        scenario=digest, usage=usage,
    )  # fmt: skip
    assert DocumentCursors(documents).tenant("local").move(world, Cursor(), cursor)
    documents.close()
    return newest


def test_worlds_are_listed_while_a_server_runs_and_after(tmp_path: Path) -> None:
    with server(tmp_path) as url:
        arguments = ["play", str(STONES), "--url", url, "--bots", "3", "--seconds", "2", "--json"]
        done = subprocess.run(
            [sys.executable, "-m", "lqe.cli", *arguments],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        (running,) = listed(tmp_path)
    (row,) = listed(tmp_path)
    assert row["commands"] == running["commands"] == json.loads(done.stdout)["received"] > 0
    assert row["players"] == running["players"] == ["bot-1", "bot-2", "bot-3"]
    assert row["connected"] == []
    assert (row["tenant"], row["world"], row["title"], row["stands"]) == (
        "local",
        "w1",
        "Stones",
        "",
    )
    assert 0 < running["position"] <= row["position"]
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", row["last"])


def test_what_came_after_the_last_keyframe_counts(tmp_path: Path) -> None:
    game = Game(STONES, keyframe_interval=40).given(joined("ann", "bob"), after(ticks=100))
    game.given(joined("cat"), left("ann"))
    for _ in range(3):
        game.when("bob", "throw", x=1.0).then_applied()
    snapshot = kept(game, tmp_path, "w1")
    assert snapshot.header.position < len(game.log) - 5
    (row,) = listed(tmp_path)
    assert row["position"] == len(game.log) - 1
    assert row["tick"] == game.tick
    assert (row["players"], row["connected"]) == (["ann", "bob", "cat"], ["bob", "cat"])
    assert row["commands"] == 3
    assert row["scenario"] == game.source.digest
    text = said(tmp_path)
    assert f"local/w1: Stones ({game.source.digest[:12]}), 3 players, 2 connected" in text
    assert "stands still" not in text


def test_a_log_without_cursor_or_snapshot_is_read_as_a_whole(tmp_path: Path) -> None:
    game = Game.played(STONES, players=2, seconds=5)
    kept(game, tmp_path, "w1")
    with_all = listed(tmp_path)
    (tmp_path / "local" / "documents.sqlite").unlink()
    (alone,) = listed(tmp_path)
    assert [alone] == with_all
    assert alone["commands"] > 0


def test_commands_that_an_older_engine_did_not_note_are_counted_from_the_log(
    tmp_path: Path,
) -> None:
    game = Game.played(STONES, players=2, seconds=5)
    kept(game, tmp_path, "w1")
    before = listed(tmp_path)
    documents = SQLiteDocuments(tmp_path)
    cursors = DocumentCursors(documents).tenant("local")
    cursor = cursors.get("w1")
    assert cursors.move("w1", cursor, replace(cursor, usage=Usage()))
    documents.close()
    assert listed(tmp_path) == before


def test_a_world_that_stands_still_says_why(tmp_path: Path) -> None:
    bad = tmp_path / "game"
    shutil.copytree(STONES, bad)
    main = bad / "__init__.py"
    text = main.read_text()
    earn = "purse.coins += 0.01"
    assert earn in text
    main.write_text(text.replace(earn, f"assert world.tick < 50; {earn}"))
    game = Game(bad, keyframe_interval=40).given(joined("ann"))
    with pytest.raises(AssertionError, match="the world halted"):
        game.given(after(ticks=200))
    game.given(ClockAdvanced(tick=200))
    data = tmp_path / "data"
    kept(game, data, "halted")
    kept(Game(STONES, keyframe_interval=40).given(WorldClosed(), after(ticks=50)), data, "over")
    kept(Game(STONES).given(joined("ann")), data, "stuck")
    documents = SQLiteDocuments(data)
    cursors = DocumentCursors(documents).tenant("local")
    cursor = cursors.get("stuck")
    assert cursors.move("stuck", cursor, replace(cursor, quarantine="a snapshot was changed"))
    documents.close()
    why = {row["world"]: row["stands"] for row in listed(data)}
    assert why == {
        "halted": "halted at tick 50: AssertionError in earn",
        "over": "closed",
        "stuck": "a snapshot was changed",
    }
    assert "stands still: halted at tick 50" in said(data)


def test_a_world_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    kept(Game(STONES).given(joined("ann")), tmp_path, "good")
    logs = SQLiteLogs(tmp_path)
    logs.tenant("local").append([Commit("bad", 0, ["x"], [b"\xc1"], 0, 0, [])])
    logs.close()
    bad, good = listed(tmp_path)
    assert bad["stands"].startswith("it cannot be read: expected")
    assert (good["world"], good["stands"]) == ("good", "")


def test_a_listing_never_runs_the_code_of_a_world(tmp_path: Path) -> None:
    game = tmp_path / "trap"
    game.mkdir()
    main = game / "__init__.py"
    main.write_text("from lqe.scenario import Scenario\nscenario = Scenario('Trap')\n")
    kept(Game(game), tmp_path / "data", "w1")

    def loaded() -> list[str]:
        return [name for name in sys.modules if name.startswith("lqe_scenario_")]

    for name in loaded():
        del sys.modules[name]
    (row,) = listed(tmp_path / "data")
    assert row["title"] == "Trap"
    assert loaded() == []


def test_all_tenants_are_listed_or_the_one_that_is_named(tmp_path: Path) -> None:
    kept(Game(STONES), tmp_path, "w1")
    shutil.copytree(tmp_path / "local", tmp_path / "acme")
    assert [r["tenant"] for r in listed(tmp_path)] == ["acme", "local"]
    assert [r["tenant"] for r in listed(tmp_path, "--tenant", "acme")] == ["acme"]


def test_a_folder_without_logs_is_refused_with_what_to_do(tmp_path: Path) -> None:
    for arguments in ([tmp_path], [tmp_path, "--tenant", "acme"]):
        done = CliRunner().invoke(cli, ["worlds", *map(str, arguments)])
        assert done.exit_code == 1
        assert "holds no logs" in done.output
    assert list(tmp_path.iterdir()) == []
