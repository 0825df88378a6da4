"""Commands that read a data folder read every tenant's share of it, or the one that is named."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lqe.adapters.files import FileObjects
from lqe.adapters.scenarios import ScenarioCode, read_source
from lqe.adapters.sqlite import SQLiteLogs
from lqe.cli.main import cli
from lqe.ports.log import Commit
from tests.recorded import STONES, Recorded

READING = [
    ["replay", "verify"],
    ["worlds"],
    ["usage"],
    ["signals"],
    ["achievements"],
    ["quarantine"],
]


def ledgerquest(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [*map(str, arguments)])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder in which acme and beta have a world `w1` each, and beta one more."""
    game = Recorded().play(players=2, ticks=300)
    records, logs = game.records(), SQLiteLogs(tmp_path)
    for tenant, world in (("acme", "w1"), ("beta", "w1"), ("beta", "w2")):
        commit = Commit(world, 0, [r.name for r in records], [r.data for r in records])
        assert list(logs.tenant(tenant).append([commit])) == [None]
        ScenarioCode(FileObjects(tmp_path).tenant(tenant)).keep(read_source(STONES))
    logs.close()
    return tmp_path


def rows(done: Result) -> list[tuple[str, str]]:
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return sorted({(row["tenant"], row["world"]) for row in found})


def test_without_a_name_every_tenants_worlds_are_read(data: Path) -> None:
    for command in (["replay", "verify"], ["worlds"], ["usage"]):
        done = ledgerquest(*command, data, "--json")
        assert done.exit_code == 0, done.output
        assert rows(done) == [("acme", "w1"), ("beta", "w1"), ("beta", "w2")], command
    told = ledgerquest("replay", "verify", data).stdout
    assert [line for line in told.splitlines() if "VERIFIED" in line] == [
        "acme/w1: VERIFIED",
        "beta/w1: VERIFIED",
        "beta/w2: VERIFIED",
    ]


def test_a_tenant_that_is_named_is_read_alone(data: Path) -> None:
    for command in (["replay", "verify"], ["worlds"], ["usage"]):
        done = ledgerquest(*command, data, "--tenant", "beta", "--json")
        assert done.exit_code == 0, done.output
        assert rows(done) == [("beta", "w1"), ("beta", "w2")], command
    assert "w2: VERIFIED" in ledgerquest("replay", "verify", data, "--tenant", "beta").stdout


def test_a_spoiled_log_of_one_tenant_is_never_verified_by_the_others(data: Path) -> None:
    path = data / "acme" / "log.sqlite"
    path.write_bytes(b"no database at all" * 1_000)
    for command in READING:
        done = ledgerquest(*command, data)
        assert done.exit_code == (5 if command == ["replay", "verify"] else 1), done.output
        assert "Error: tenant acme: expected a log.sqlite that is whole" in done.stderr
        assert "Traceback" not in done.output
    verified = ledgerquest("replay", "verify", data).stdout
    assert "beta/w1: VERIFIED" in verified
    assert "acme" not in verified


def test_events_ask_for_the_tenant_where_a_name_is_of_two_worlds(data: Path) -> None:
    asked = ledgerquest("events", data, "--world", "w1")
    assert asked.exit_code == 1
    assert "name one of the worlds with --tenant; there are: acme/w1, beta/w1" in asked.stderr
    assert "acme/w1, beta/w1, beta/w2" in ledgerquest("events", data).stderr
    named = ledgerquest("events", data, "--world", "w1", "--tenant", "acme")
    assert "world.opened.v1" in named.stdout
    assert ledgerquest("events", data, "--world", "w2").stdout == named.stdout


def test_who_is_not_there_is_said_with_who_is(data: Path) -> None:
    for command in [*READING, ["events"]]:
        nobody = ledgerquest(*command, data, "--tenant", "gamma")
        assert nobody.exit_code == 1
        assert "holds no logs of tenant 'gamma'; there are: acme, beta" in nobody.stderr
    for command in (["replay", "verify"], ["usage"], ["signals"], ["achievements"]):
        nothing = ledgerquest(*command, data, "--world", "w9")
        assert nothing.exit_code == 1
        assert "no world 'w9'; there are: acme/w1, beta/w1, beta/w2" in nothing.stderr


def test_each_tenant_has_a_bill_and_a_document_is_one_tenants(data: Path) -> None:
    told = ledgerquest("usage", "statement", data, "--month", "2026-11").stdout
    assert [line for line in told.splitlines() if "(UTC)" in line] == [
        "acme, 2026-11 (UTC)",
        "beta, 2026-11 (UTC)",
    ]
    both = ledgerquest("usage", "statement", data, "--month", "2026-11", "--json")
    assert both.exit_code == 2
    assert "name it, of acme, beta" in both.stderr


def test_reading_leaves_every_byte_as_it_was(data: Path) -> None:
    before = {p: p.read_bytes() for p in data.rglob("*") if p.is_file()}
    for command in [*READING, ["events", "--world", "w2"]]:
        done = ledgerquest(*command, data)
        assert done.exit_code == 0, done.output
    assert {p: p.read_bytes() for p in data.rglob("*") if p.is_file()} == before


def test_worlds_of_every_tenant_that_stand_still_are_shown_and_released(data: Path) -> None:
    both = ledgerquest("quarantine", data, "--world", "w1", "--put", "a dispute")
    assert both.exit_code == 2
    assert "several tenants have a world 'w1'" in both.stderr
    for tenant in ("acme", "beta"):
        named = ("--tenant", tenant, "--world", "w1")
        assert ledgerquest("quarantine", data, *named, "--put", "a dispute").exit_code == 0
    standing = ledgerquest("quarantine", data)
    assert standing.exit_code == 6
    assert "acme/w1: stands still" in standing.stdout
    assert "beta/w1: stands still" in standing.stdout
    assert ledgerquest("quarantine", data, "--tenant", "acme", "--release").exit_code == 0
    left = ledgerquest("quarantine", data, "--json")
    assert [json.loads(line)["tenant"] for line in left.stdout.splitlines()] == ["beta"]
    assert ledgerquest("quarantine", data, "--release").exit_code == 0
    assert ledgerquest("quarantine", data).stdout == "none of 3 worlds stands still\n"
