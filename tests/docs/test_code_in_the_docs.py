"""The code of the documents runs: Python as scenarios, commands as the command line knows them."""

import re
import shlex
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given, settings

from lqe.adapters.memory import MemoryObjects
from lqe.adapters.scenarios import ScenarioCode
from lqe.adapters.scenarios.allowed import ALLOWED_MODULES
from lqe.adapters.scenarios.causes import RULES
from lqe.adapters.sqlite import SQLiteLogs
from lqe.cli.main import cli
from lqe.events import AnyEvent, ClockAdvanced, CommandSubmitted, PlayerJoined, ScenarioUpgraded
from lqe.fold import Fold
from lqe.fold.outcomes import Code
from lqe.projections.months import month_named
from lqe.projections.statement import statement_of
from lqe.replay.script import make_script, opened
from lqe.replay.trace import trace_run
from lqe.source import Source
from tests.logs import logs, store

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
PYTHON = re.compile(r"^```python scenario=(\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHELL = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)
CODE = {name: code for document in DOCUMENTS for name, code in PYTHON.findall(document.read_text())}
COMMANDS = [
    (document.name, line.partition("#")[0].strip())
    for document in DOCUMENTS
    for block in SHELL.findall(document.read_text())
    for line in block.splitlines()
    if line.startswith("ledgerquest ")
]


def stored(*names: str) -> tuple[ScenarioCode, list[str]]:
    code = ScenarioCode(MemoryObjects().tenant("docs"))
    sources = [Source(package=n, files={"__init__.py": CODE[n].encode()}) for n in names]
    return code, [code.keep(source) for source in sources]


PLAIN = re.compile(r"^```py\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_plain_python_of_the_docs_runs() -> None:
    # The guide to the persistence module needs a table; its own tests run it.
    found = [d for d in DOCUMENTS if d.name != "eventsourcing-on-dynamodb.md"]
    blocks = [block for d in found for block in PLAIN.findall(d.read_text())]
    assert blocks
    for block in blocks:
        exec(block, {})


def test_every_rule_of_the_doctor_has_its_reason_in_the_docs() -> None:
    text = (ROOT / "docs" / "determinism.md").read_text()
    assert [rule for rule in RULES if f"`{rule}`" not in text] == []


def test_there_is_code_to_run() -> None:
    assert {"lemonade", "lemonade-2", "marbles"} <= CODE.keys()
    assert len(COMMANDS) > 5


def test_every_python_block_is_one_that_runs_here() -> None:
    for document in DOCUMENTS:
        text = document.read_text()
        assert text.count("```python") == len(PYTHON.findall(text)), document.name


@pytest.mark.parametrize("name", sorted(CODE))
def test_a_scenario_of_the_docs_plays_the_same_warm_and_cold(name: str) -> None:
    code, (digest,) = stored(name)
    script = make_script(code, digest, players=3, ticks=600, seed=1, interval=100)
    warm = trace_run(code, script)
    assert len(warm.keyframes) == 7
    assert trace_run(code, script, restore=True) == warm


def test_a_lemonade_stand_that_brews_comes_to_twenty() -> None:
    code, (digest,) = stored("lemonade")
    fold = Fold(code)
    fold.fold(0, opened(code(digest), digest, 1))
    fold.fold(1, PlayerJoined(player="p", session="s"))
    brew = CommandSubmitted(
        player="p", session="s", seq=1, name="brew", args=msgspec.msgpack.encode({"cups": 20})
    )
    assert fold.fold(2, brew).outcomes[0].applied
    signals = fold.fold(3, ClockAdvanced(tick=2000)).signals
    assert "twenty" in [s.name for s in signals]


def test_the_marble_lands_once() -> None:
    code, (digest,) = stored("marbles")
    fold = Fold(code)
    fold.fold(0, opened(code(digest), digest, 1, interval=20))
    fold.fold(1, PlayerJoined(player="p", session="s"))
    signals = fold.fold(2, ClockAdvanced(tick=500)).signals
    assert [s.name for s in signals if s.name == "thud"] == ["thud"]


def test_the_upgrade_of_the_lemonade_stand_takes_the_state_over() -> None:
    code, (old, new) = stored("lemonade", "lemonade-2")
    fold = Fold(code)
    fold.fold(0, opened(code(old), old, 1))
    fold.fold(1, PlayerJoined(player="p", session="s"))
    fold.fold(2, ScenarioUpgraded(scenario=new))
    signals = fold.fold(3, ClockAdvanced(tick=400)).signals
    assert "scenario_upgraded" in [s.name for s in signals]
    assert fold.digest_of_scenario == new
    (row,) = fold.core.entities.by_name["kiosk"].dump()
    assert (row[1].owner, row[1].cash, row[1].stars) == ("p", 10.0, 0)  # type: ignore[union-attr]


@pytest.mark.parametrize("command", sorted({c for _, c in COMMANDS}))
def test_a_command_of_the_docs_is_one_that_the_command_line_knows(command: str) -> None:
    words = shlex.split(command)[1:]
    names: list[str] = []
    found: click.Command = cli
    for word in words:
        below = (
            found.get_command(click.Context(found), word)
            if isinstance(found, click.Group)
            else None
        )
        if below is None:
            break
        found = below
        names.append(word)
    done = CliRunner().invoke(cli, [*names, "--help"])
    assert done.exit_code == 0, command
    for option in [w for w in words if w.startswith("--")]:
        assert option in done.output, f"{command}: no {option}"


@settings(max_examples=20, deadline=None)
@given(logs())
def test_counting_as_the_guide_to_the_bill_does_comes_to_the_statement(
    events: list[AnyEvent],
) -> None:
    (block,) = PLAIN.findall((ROOT / "docs" / "billing.md").read_text())
    guide: dict[str, Any] = {}
    exec(block, guide)
    with TemporaryDirectory() as folder:
        opened = SQLiteLogs(Path(folder))
        store(opened.tenant("acme"), "w1", events)
        for month in map(month_named, ("2026-10", "2026-11", "2026-12")):
            for line in statement_of("acme", month, opened.tenant("acme"), ["w1"]).worlds:
                stored = guide["events_of"](Path(folder) / "acme" / "log.sqlite", "w1")
                counted = {"world": "w1", **guide["recount"](stored, str(month))}
                assert counted == msgspec.structs.asdict(line)
        opened.close()


def test_every_refusal_code_is_in_the_protocol() -> None:
    text = (ROOT / "docs" / "protocol.md").read_text()
    missing = [code for code in Code if f"`{code}`" not in text]
    assert missing == []


def test_every_allowed_module_is_in_the_guide() -> None:
    text = (ROOT / "docs" / "write-a-game.md").read_text()
    missing = [m for m in ALLOWED_MODULES if f"`{m}`" not in text and m != "__future__"]
    assert missing == []
