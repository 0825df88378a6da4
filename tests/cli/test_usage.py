"""`ledgerquest usage statement` and `compare`, as those who send the bill and those who pay it."""

import hashlib
import shutil
import uuid
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lqe.adapters.dynamodb.log import DynamoLogs
from lqe.adapters.dynamodb.table import Table
from lqe.adapters.dynamodb.tables import EVENTS, create_tables
from lqe.adapters.sqlite import SQLiteDocuments, SQLiteLogs
from lqe.cli.main import cli
from lqe.events import AnyEvent, ClockAdvanced, CommandSubmitted, PlayerJoined
from lqe.handlers.meter.handler import Meter
from lqe.projections.months import month_named
from tests.dynamodb_local import DynamoDBLocal
from tests.logs import signal, store, totals

AT_US = month_named("2026-11").start_us


def ledgerquest(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["usage", *map(str, arguments)])


def played(seconds: int) -> list[AnyEvent]:
    """Return a log that ends some seconds after the beginning of November."""
    ann: dict[str, Any] = {"player": "ann", "session": "s"}
    moves = [
        CommandSubmitted(seq=n, name="go", tick=60 * n, at_us=AT_US + n * 1_000_000, **ann)
        for n in range(1, seconds + 1)
    ]
    return [PlayerJoined(at_us=AT_US - 5, **ann), ClockAdvanced(tick=9, at_us=AT_US - 1), *moves]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder of the tenant `acme`, metered up to a second before the end."""
    logs, documents = SQLiteLogs(tmp_path), SQLiteDocuments(tmp_path)
    for world, seconds in (("w1", 20), ("w2", 3)):
        events = played(seconds)
        store(logs.tenant("acme"), world, events, [2])
        for used in (totals(events)[1], totals(events)[-2]):
            Meter(documents).handle(signal(used, world))
    logs.close()
    documents.close()
    return tmp_path


def stated(data: Path, *more: object, tenant: str = "acme") -> bytes:
    done = ledgerquest("statement", data, "--tenant", tenant, "--month", "2026-11", "--json", *more)
    assert done.exit_code == 0, done.output
    return done.stdout_bytes


def test_a_tenant_checks_the_bill_from_its_copy_of_the_log(data: Path, tmp_path: Path) -> None:
    theirs, mine = tmp_path / "theirs.json", tmp_path / "mine.json"
    theirs.write_bytes(stated(data, "--metered"))
    copy = tmp_path / "my-copy"
    shutil.copy(data / "acme" / "log.sqlite", copy)
    mine.write_bytes(stated(copy))
    assert mine.read_bytes() == theirs.read_bytes()
    compared = ledgerquest("compare", mine, theirs)
    digest = hashlib.sha256(mine.read_bytes()).hexdigest()
    assert compared.exit_code == 0
    assert compared.stdout == f"equal to the unit: acme, 2026-11, digest {digest}\n"
    (data / "acme" / "documents.sqlite").unlink()
    assert stated(data, "--metered") == mine.read_bytes()


def test_a_difference_is_named_and_is_the_exit_code(data: Path, tmp_path: Path) -> None:
    mine, theirs = tmp_path / "mine.json", tmp_path / "theirs.json"
    mine.write_bytes(stated(data))
    logs = SQLiteLogs(data)
    late = ClockAdvanced(tick=60 * 3, at_us=AT_US + 3_000_000)
    store_at = len(played(3))
    store(logs.tenant("acme"), "w2", [late], first=store_at)
    logs.close()
    theirs.write_bytes(stated(data))
    compared = ledgerquest("compare", mine, theirs)
    assert compared.exit_code == 1
    assert compared.stdout == f"different: world w2: last is {store_at - 1} in mine, 5 in theirs\n"


def test_a_statement_reads_as_a_bill(data: Path) -> None:
    done = ledgerquest("statement", data, "--tenant", "acme", "--month", "2026-11")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0] == ["acme,", "2026-11", "(UTC)"]
    assert lines[2][:6] == ["w1", "2", "to", "21", "20", str(60 * 20 - 9)]
    assert lines[3][:5] == ["w2", "2", "to", "4", "3"]
    assert lines[4][:2] == ["total", "23"]
    assert lines[5] == ["digest", hashlib.sha256(stated(data)).hexdigest()]


def test_one_world_or_another_month_can_be_asked_for(data: Path) -> None:
    one = ledgerquest("statement", data, "--tenant", "acme", "--month", "2026-10", "--world", "w2")
    assert "w2" in one.stdout
    assert "0 to 1" in one.stdout
    assert "w1" not in one.stdout
    none = ledgerquest("statement", data, "--tenant", "acme", "--month", "2027-01")
    assert none.exit_code == 0
    assert none.stdout.splitlines()[2].split() == ["total", *["0"] * 6]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--month", "2026-13"], "expected a month as 2026-11"),
        (["--month", "2026-11", "--world", "w9"], "has no world 'w9'; there are: w1, w2"),
        (["--month", "2026-11", "--cloud"], "name the worlds of a cloud with --world"),
        ([], "--month"),
    ],
)
def test_what_cannot_be_stated_is_said(arguments: list[str], said: str, data: Path) -> None:
    done = ledgerquest("statement", data, "--tenant", "acme", *arguments)
    assert done.exit_code != 0
    assert said in done.output + str(done.exception)


def test_a_copy_of_the_log_has_no_meter(data: Path) -> None:
    path = data / "acme" / "log.sqlite"
    done = ledgerquest("statement", path, "--tenant", "acme", "--month", "2026-11", "--metered")
    assert done.exit_code == 2
    assert "leave out --metered" in done.output


def test_help_keeps_the_lines_of_its_tables() -> None:
    shown = ledgerquest("--help").stdout
    assert "\n  ledgerquest usage compare MINE THEIRS                whether" in shown
    assert "\\b" not in shown
    assert "\n            1  different" in ledgerquest("compare", "--help").stdout


def test_a_file_that_is_no_statement_is_not_compared(data: Path, tmp_path: Path) -> None:
    mine, other = tmp_path / "mine.json", tmp_path / "other.json"
    mine.write_bytes(stated(data))
    other.write_bytes(mine.read_bytes().replace(b'"ticks":', b'"ticks":1', 1))
    done = ledgerquest("compare", mine, other)
    assert done.exit_code == 2
    assert "not the sum of the lines" in done.output


def test_the_statement_of_a_cloud_is_that_of_a_copy(
    data: Path, dynamodb_local: DynamoDBLocal, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = uuid.uuid4().hex
    client = dynamodb_local.client(key)
    create_tables(client)
    log = DynamoLogs(Table(client, EVENTS)).tenant("acme")
    for world, seconds in (("w1", 20), ("w2", 3)):
        store(log, world, played(seconds), [1, 4])
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_local.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    named = ["--cloud", "--world", "w1", "--world", "w2"]
    assert stated(data, *named) == stated(data, *named, "--metered") == stated(data)
