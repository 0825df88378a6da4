"""The doctor joins what runs show with what the text shows, and says it to people and programs."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lqe.cli.main import cli

PICK = "def pick("
LOOP = '    apples = list(world.query(Position, tag="apple"))\n'
NUDGE = (
    "def nudge(world: World, name: str) -> None:\n"
    "    for _, picker in world.query(Picker):\n"
    "        picker.goal_x += 0.001 * (hash(name) % 7)\n\n\n"
)


@pytest.fixture
def pond(tmp_path: Path) -> Path:
    done = CliRunner().invoke(cli, ["new", "pond", "--in", str(tmp_path)])
    assert done.exit_code == 0, done.output
    return tmp_path / "pond"


def changed(pond: Path, old: str, new: str) -> None:
    main = pond / "__init__.py"
    text = main.read_text()
    assert text.count(old) == 1
    main.write_text(text.replace(old, new))


def line_of(pond: Path, part: str) -> int:
    lines = (pond / "__init__.py").read_text().splitlines()
    return next(n for n, line in enumerate(lines, 1) if part in line)


def doctor(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["doctor", *map(str, arguments), "--ticks", "100"])


def plain(pond: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(doctor(pond, "--json").stdout)
    return found


def test_a_difference_is_joined_with_the_causes_that_its_system_runs_into(pond: Path) -> None:
    changed(pond, LOOP, f"{LOOP}    nudge(world, 'a')\n")
    changed(pond, PICK, f"{NUDGE}def apart(a: int) -> int:\n    return id(a)\n\n\n{PICK}")
    found = plain(pond)
    assert found["healthy"] is False
    assert (found["difference"]["system"], found["difference"]["component"]) == ("move", "picker")
    blamed = {"file": "__init__.py", "line": line_of(pond, "hash(name)"), "rule": "hash-or-id"}
    assert found["difference"]["causes"] == [blamed]  # and not `apart`, which nothing calls
    assert {c["function"] for c in found["causes"]} == {"nudge", "apart"}
    done = doctor(pond)
    assert done.exit_code == 1
    assert f"probably from pond/__init__.py:{blamed['line']}: hash-or-id" in done.stdout
    assert done.stdout.endswith("not healthy: its runs differ; 2 errors in its text\n")


def test_an_error_that_no_run_shows_makes_it_unhealthy_all_the_same(pond: Path) -> None:
    changed(pond, LOOP, f"{LOOP}    if world.tick == 10**9:\n        nudge(world, 'a')\n")
    changed(pond, PICK, NUDGE + PICK)
    found = plain(pond)
    assert (found["healthy"], found["difference"], found["failure"]) == (False, None, None)
    done = doctor(pond)
    assert done.exit_code == 1
    assert "in nudge\n         why: " in done.stdout
    assert "not healthy: its runs were the same; 1 errors in its text" in done.stdout


def test_warnings_leave_it_healthy(pond: Path) -> None:
    changed(pond, LOOP, f"{LOOP}    print(world.tick)\n")
    done = doctor(pond)
    assert done.exit_code == 0, done.output
    assert "warning  print: pond/__init__.py:" in done.stdout
    assert "the same in every run; 1 warnings" in done.stdout


def test_a_scenario_that_cannot_be_run_is_read_all_the_same(pond: Path) -> None:
    changed(pond, "APPLES = 10", "APPLES = len(open('x').read())")
    found = plain(pond)
    assert found["healthy"] is False
    assert "name 'open' is not defined" in found["failure"]
    assert [c["rule"] for c in found["causes"]] == ["io"]
    done = doctor(pond)
    assert done.exit_code == 1
    assert "not healthy: it could not be run; 1 errors in its text" in done.stdout


def test_what_is_no_python_is_said_with_its_line(pond: Path) -> None:
    (pond / "broken.py").write_text("x = 1\ndef f(:\n")
    done = subprocess.run(
        [sys.executable, "-m", "lqe.cli", "doctor", str(pond)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "pond/broken.py:2 is no Python" in done.stderr
    assert "Traceback" not in done.stderr
