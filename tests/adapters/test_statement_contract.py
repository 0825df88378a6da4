"""Whatever stores a log, and in whatever commits: a tenant's copy comes to the same statement."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lqe.adapters.dynamodb.log import DynamoLogs
from lqe.adapters.memory import MemoryLogs
from lqe.adapters.sqlite import SQLiteLogs, log_in
from lqe.errors import BadInput
from lqe.events import AnyEvent, ClockAdvanced
from lqe.ports.log import Logs
from lqe.projections.months import month_named
from lqe.projections.statement import statement_of
from tests.logs import START_US, copied, cuts, logs, store

MONTHS = [month_named(f"2026-{month}") for month in (10, 11, 12)]


@pytest.fixture(params=["sqlite", "dynamodb"])
def operators(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Logs]:
    if request.param == "sqlite":
        opened = SQLiteLogs(tmp_path)
        yield opened
        opened.close()
    else:
        yield DynamoLogs(request.getfixturevalue("events_table"))


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), events=logs())
def test_the_packing_into_commits_is_nothing_to_the_statement(
    data: st.DataObject, events: list[AnyEvent], operators: Logs
) -> None:
    tenant = uuid.uuid4().hex  # an example's own logs: an adapter is not made anew for each
    log, whole = operators.tenant(tenant), MemoryLogs().tenant(tenant)
    store(log, "w1", events, data.draw(cuts(events)))
    store(whole, "w1", events)
    mine = copied(log.world("w1").read())
    for month in MONTHS:
        made = [statement_of(tenant, month, each, ["w1"]).encode() for each in (log, mine, whole)]
        assert made[0] == made[1] == made[2]


def test_a_copy_of_the_file_is_the_log(tmp_path: Path) -> None:
    opened = SQLiteLogs(tmp_path)
    store(opened.tenant("acme"), "w1", [ClockAdvanced(tick=1, at_us=START_US)])
    theirs = statement_of("acme", MONTHS[0], opened.tenant("acme"), ["w1"])
    opened.close()
    copy = tmp_path / "mine"
    copy.write_bytes((tmp_path / "acme" / "log.sqlite").read_bytes())
    mine = log_in(copy)
    assert mine.worlds() == ["w1"]
    assert statement_of("acme", MONTHS[0], mine, mine.worlds()) == theirs
    assert theirs.total.events == 1
    mine.close()


def test_a_file_that_is_no_log_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"no database " * 1_000)
    with pytest.raises(BadInput, match="that is whole"):
        log_in(path)
