"""The `ledgerquest` command as its users run it: in a process of its own."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.running import server
from tests.recorded import STONES


def ledgerquest(*arguments: object, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lqe.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env={**os.environ, "PYTHONHASHSEED": "random"},
    )


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which five bots have played."""
    data = tmp_path_factory.mktemp("played")
    with server(data) as url:
        done = ledgerquest("play", STONES, "--url", url, "--bots", 5, "--seconds", 3, "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["players"] == 5
    assert figures["lost"] == figures["rejected"] == figures["gaps"] == 0
    assert figures["sent"] == figures["received"] > 10
    assert figures["applied"] + sum(figures["refusals"].values()) == figures["sent"]
    return data


def test_help_names_every_command() -> None:
    done = ledgerquest("--help")
    assert done.returncode == 0
    for command in ("demo", "dev", "play", "events", "replay", "doctor", "deploy"):
        assert f"\n  {command}" in done.stdout
    assert ledgerquest("deploy", "--help").returncode == 0


def test_a_played_log_is_verified_by_a_fresh_process(played: Path) -> None:
    done = ledgerquest("replay", "verify", played)
    assert done.returncode == 0, done.stdout
    assert "w1: VERIFIED" in done.stdout
    report = json.loads(ledgerquest("replay", "verify", played, "--json").stdout)
    assert report["verdict"] == "verified"
    assert report["attested"] > 0


def test_a_server_goes_on_where_it_was(played: Path, tmp_path: Path) -> None:
    data = tmp_path / "copy"
    shutil.copytree(played, data)
    before = json.loads(ledgerquest("replay", "verify", data, "--json").stdout)
    with server(data) as url:
        done = ledgerquest("play", STONES, "--url", url, "--bots", 2, "--seconds", 1)
        assert done.returncode == 0, done.stderr
    after = json.loads(ledgerquest("replay", "verify", data, "--json").stdout)
    assert after["verdict"] == "verified"
    assert after["events"] > before["events"]
    against = ledgerquest("replay", "verify", data, "--against", played)
    assert against.returncode == 4
    assert "only this log goes on here" in against.stdout


def test_events_are_read_as_a_person_would(played: Path) -> None:
    done = ledgerquest("events", played)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert "world.opened.v1" in lines[0]
    assert any(re.search(r"bot-\d #\d+: push\(dx=.*, dy=.*\)", line) for line in lines)
    only = ledgerquest("events", played, "--player", "bot-2", "--type", "command", "--json")
    plain = [json.loads(line) for line in only.stdout.splitlines()]
    assert plain
    assert {e["player"] for e in plain} == {"bot-2"}
    part = ledgerquest("events", played, "--from", 2, "--to", 4)
    assert [line.split()[0] for line in part.stdout.splitlines()] == ["2", "3", "4"]


def test_a_folder_without_logs_is_refused_with_what_to_do(tmp_path: Path) -> None:
    for command in (["events"], ["replay", "verify"]):
        done = ledgerquest(*command, tmp_path)
        assert done.returncode == 1
        assert "holds no logs" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_world_that_is_not_there_is_refused_with_those_that_are(played: Path) -> None:
    done = ledgerquest("events", played, "--world", "w9")
    assert done.returncode == 1
    assert "there are: w1" in done.stderr


def test_playing_without_a_server_says_how_to_start_one() -> None:
    done = ledgerquest("play", STONES, "--url", "http://127.0.0.1:9", "--bots", 1, "--seconds", 1)
    assert done.returncode == 1
    assert "ledgerquest dev" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_scenario_that_is_not_there_is_refused() -> None:
    for command in ("dev", "doctor", "play"):
        done = ledgerquest(command, "no-such-game")
        assert done.returncode == 1
        assert "neither a folder nor an installed scenario" in done.stderr
        assert "Traceback" not in done.stderr


def test_doctor_finds_a_sound_scenario_healthy() -> None:
    done = ledgerquest("doctor", STONES, "--ticks", 200, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["healthy"] is True


def ill(tmp_path: Path, old: str, new: str) -> Path:
    """Return a copy of the game with a fault planted in it."""
    folder = tmp_path / "stones"
    shutil.copytree(STONES, folder)
    main = folder / "__init__.py"
    text = main.read_text()
    assert old in text
    main.write_text(text.replace(old, new))
    return folder


EARN = "purse.coins += 0.01 * len(world.touching(stone))"


def test_doctor_names_a_planted_random_number(tmp_path: Path) -> None:
    folder = ill(tmp_path, EARN, f"import random\n        {EARN}; purse.coins += random.random()")
    done = ledgerquest("doctor", folder, "--json", "--ticks", 100)
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert "imports random: use world.random" in found["imports"][0]
    difference = found["difference"]
    assert (difference["tick"], difference["system"]) == (2, "earn")
    assert difference["entity"] == 4
    assert difference["component"] == "purse"
    people = ledgerquest("doctor", folder, "--ticks", 100)
    assert "tick 2, system earn: entity 4, component purse" in people.stdout


def test_doctor_names_an_order_that_depends_on_the_hash_seed(tmp_path: Path) -> None:
    order = "purse.coins += len(list({'a', 'b', 'c', 'd'})[0]) + ord(list({'a', 'b', 'c', 'd'})[0])"
    done = ledgerquest("doctor", ill(tmp_path, EARN, order), "--json", "--ticks", 100)
    difference = json.loads(done.stdout)["difference"]
    assert done.returncode == 1
    assert difference["system"] == "earn"
    assert difference["between"] == "two processes with different hash seeds"


def test_doctor_names_what_a_cold_start_forgets(tmp_path: Path) -> None:
    hidden = "CALLS[0] += 1\n        purse.coins += CALLS[0]"
    folder = ill(tmp_path, EARN, hidden)
    main = folder / "__init__.py"
    main.write_text(main.read_text().replace("RULES = ", "CALLS = [0]\nRULES = ", 1))
    done = ledgerquest("doctor", folder, "--json", "--ticks", 200)
    difference = json.loads(done.stdout)["difference"]
    assert done.returncode == 1
    assert difference["between"].startswith("one that went on")
    assert (difference["system"], difference["component"]) == ("earn", "purse")


def test_a_scenario_with_a_forbidden_import_is_not_run(tmp_path: Path) -> None:
    folder = ill(tmp_path, EARN, f"import time\n        {EARN}")
    done = ledgerquest("dev", folder, "--data", tmp_path / "data")
    assert done.returncode == 1
    assert "imports time: use world.tick" in done.stderr


def test_a_broken_start_ends_at_once_and_says_why(tmp_path: Path) -> None:
    with server(tmp_path) as url:
        port = url.rsplit(":", 1)[1]
        start = time.monotonic()
        done = ledgerquest("dev", STONES, "--data", tmp_path / "other", "--port", port)
        assert time.monotonic() - start < 30
    assert done.returncode == 1
    assert "in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_observers_kept_is_shown_for_people_and_for_programs(played: Path) -> None:
    rows = [json.loads(line) for line in ledgerquest("usage", played, "--json").stdout.splitlines()]
    by_source = {row["source"]: row for row in rows}
    events = ledgerquest("events", played, "--json").stdout.splitlines()
    sent = [e for e in map(json.loads, events) if e["type"] == "command.submitted.v1"]
    assert by_source["log"]["events"] == len(events)
    assert by_source["log"]["commands"] == len(sent) > 0
    assert 0 < by_source["meter"]["events"] <= len(events)
    shown = ledgerquest("signals", played)
    assert shown.returncode == 0
    assert "quorum_reached" in shown.stdout
    signals = [
        json.loads(line) for line in ledgerquest("signals", played, "--json").stdout.splitlines()
    ]
    places = [(s["position"], s["index"]) for s in signals]
    assert places == sorted(set(places))
    assert ledgerquest("achievements", played).returncode == 0


def test_the_bill_of_a_month_is_the_same_from_the_server_and_from_a_copy_of_its_log(
    played: Path, tmp_path: Path
) -> None:
    last = json.loads(ledgerquest("events", played, "--json").stdout.splitlines()[-1])
    month = datetime.fromtimestamp(last["at_us"] / 1e6, UTC).strftime("%Y-%m")
    theirs, mine = tmp_path / "theirs.json", tmp_path / "mine.json"
    asked = ("--month", month, "--json")
    theirs.write_text(ledgerquest("usage", "statement", played, *asked, "--metered").stdout)
    shutil.copy(played / "local" / "log.sqlite", tmp_path / "log.sqlite")
    mine.write_text(ledgerquest("usage", "statement", tmp_path / "log.sqlite", *asked).stdout)
    assert json.loads(mine.read_text())["total"]["commands"] > 0
    compared = ledgerquest("usage", "compare", mine, theirs)
    assert (compared.returncode, compared.stderr) == (0, "")
    assert compared.stdout.startswith(f"equal to the unit: local, {month}")


def test_a_world_in_quarantine_is_shown_with_its_reason_and_released(
    played: Path, tmp_path: Path
) -> None:
    from msgspec.structs import replace

    from lqe.adapters.cursors import DocumentCursors
    from lqe.adapters.sqlite import SQLiteDocuments

    data = tmp_path / "data"
    shutil.copytree(played, data)
    fine = ledgerquest("quarantine", data)
    assert (fine.returncode, fine.stdout) == (0, "none of 1 worlds stands still\n")
    documents = SQLiteDocuments(data)
    cursors = DocumentCursors(documents).tenant("local")
    (world,) = {
        json.loads(e)["world"] for e in ledgerquest("usage", data, "--json").stdout.splitlines()
    }
    cursor = cursors.get(world)
    assert cursors.move(world, cursor, replace(cursor, quarantine="a snapshot was changed"))
    stands = ledgerquest("quarantine", data, "--json")
    assert stands.returncode == 6
    assert json.loads(stands.stdout)["reason"] == "a snapshot was changed"
    released = ledgerquest("quarantine", data, "--release")
    assert released.returncode == 0
    assert "released" in released.stdout
    assert cursors.get(world) == cursor
    assert ledgerquest("quarantine", data).returncode == 0
    put = ledgerquest("quarantine", data, "--world", world, "--put", "the score is disputed")
    assert (put.returncode, put.stdout) == (0, f"{world}: stands still till it is released\n")
    assert cursors.get(world) == replace(
        cursor, quarantine="the score is disputed", stopped_by="operator"
    )
    again = ledgerquest("quarantine", data, "--world", world, "--put", "another reason")
    assert (again.returncode, again.stdout) == (0, f"{world}: stood already\n")
    assert "the score is disputed" in ledgerquest("quarantine", data).stdout
    assert ledgerquest("quarantine", data, "--release").returncode == 0
    assert cursors.get(world) == cursor
    documents.close()


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (["--put", "why"], 2, "--world"),
        (["--world", "w1", "--put", "why", "--release"], 2, "--release"),
        (["--world", "w9", "--put", "why"], 1, "no world 'w9'; there are: w1"),
        (["--world", "w1", "--put", " "], 1, "say why"),
    ],
)
def test_a_world_is_put_in_quarantine_by_name_and_for_a_reason(
    played: Path, arguments: list[str], code: int, why: str
) -> None:
    done = ledgerquest("quarantine", played, *arguments)
    assert done.returncode == code
    assert why in done.stderr


def test_a_cloud_whose_worlds_are_not_named_is_a_misuse() -> None:
    done = ledgerquest("quarantine", "--cloud")
    assert done.returncode == 2
    assert "--world" in done.stderr
