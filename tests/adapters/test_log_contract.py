"""What every log adapter does."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from lqe.adapters.dynamodb.log import DynamoLogs
from lqe.adapters.memory import MemoryLogs
from lqe.adapters.sqlite import SQLiteLogs
from lqe.codec import Codec
from lqe.errors import BadInput, Conflict, Gap, LedgerQuestError
from lqe.events import ClockAdvanced
from lqe.ports.log import Commit, Logs, Record, TenantLog

_encode = Codec().encode


@pytest.fixture(params=["memory", "sqlite", "dynamodb"])
def logs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Logs]:
    if request.param == "memory":
        yield MemoryLogs()
    elif request.param == "sqlite":
        opened = SQLiteLogs(tmp_path)
        yield opened
        opened.close()
    else:
        yield DynamoLogs(request.getfixturevalue("events_table"))


def event(tick: int) -> bytes:
    return _encode(ClockAdvanced(tick=tick))


def commit(world: str, first: int, *ticks: int) -> Commit:
    return Commit(world, first, ["clock.advanced.v1"] * len(ticks), [event(t) for t in ticks])


def store(tenant: TenantLog, *commits: Commit) -> None:
    assert list(tenant.append(commits)) == [None] * len(commits)


def refused(tenant: TenantLog, *commits: Commit) -> list[type[LedgerQuestError] | None]:
    return [None if error is None else type(error) for error in tenant.append(commits)]


def positions(records: Sequence[Record]) -> list[int]:
    return [r.position for r in records]


def test_an_empty_world_has_no_head_and_nothing_to_read(logs: Logs) -> None:
    world = logs.tenant("acme").world("w1")
    assert world.head() == -1
    assert list(world.read()) == []


def test_what_was_appended_is_read_back_to_the_byte_and_in_order(logs: Logs) -> None:
    tenant = logs.tenant("acme")
    sealed = _encode(ClockAdvanced(tick=1, sealed=bytes(range(256))))
    store(tenant, Commit("w1", 0, ["clock.advanced.v1"] * 2, [event(0), sealed]))
    store(tenant, commit("w1", 2, 7))
    assert [(r.position, r.name, r.data) for r in tenant.world("w1").read()] == [
        (0, "clock.advanced.v1", event(0)),
        (1, "clock.advanced.v1", sealed),
        (2, "clock.advanced.v1", event(7)),
    ]
    assert tenant.world("w1").head() == 2


def test_a_part_is_read_from_start_up_to_but_not_including_stop(logs: Logs) -> None:
    tenant = logs.tenant("acme")
    store(tenant, commit("w1", 0, *range(4)), commit("w1", 4, 4), commit("w1", 5, *range(5, 10)))
    world = tenant.world("w1")
    whole = list(range(10))
    for start in range(11):
        assert positions(list(world.read(start))) == whole[start:]
        for stop in range(12):
            assert positions(list(world.read(start, stop))) == whole[start:stop]


def test_a_long_log_is_read_whole(logs: Logs) -> None:
    tenant = logs.tenant("acme")
    for first in range(0, 12_000, 4_000):
        store(tenant, commit("w1", first, *[1] * 4_000))
    assert positions(list(tenant.world("w1").read())) == list(range(12_000))


def test_a_position_that_is_taken_is_a_conflict_and_nothing_is_stored(logs: Logs) -> None:
    tenant = logs.tenant("acme")
    store(tenant, commit("w1", 0, 1, 2), commit("w1", 2, 3))
    for first in (0, 1, 2):
        assert refused(tenant, commit("w1", first, 8, 9)) == [Conflict]
    assert [r.data for r in tenant.world("w1").read()] == [event(1), event(2), event(3)]


def test_a_gap_is_refused_and_nothing_is_stored(logs: Logs) -> None:
    tenant = logs.tenant("acme")
    store(tenant, commit("w1", 0, 1))
    for first in (2, 100):
        assert refused(tenant, commit("w1", first, 5)) == [Gap]
    assert refused(tenant, commit("w2", 1, 5)) == [Gap]
    assert positions(list(tenant.world("w1").read())) == [0]
    assert tenant.world("w2").head() == -1


def test_a_commit_that_is_refused_is_nothing_to_other_worlds(logs: Logs) -> None:
    tenant = logs.tenant("acme")
    store(tenant, commit("w1", 0, 1), commit("w2", 0, 2), commit("w1", 1, 3))
    assert refused(tenant, commit("w3", 0, 1), commit("w2", 0, 9), commit("w1", 2, 4)) == [
        None,
        Conflict,
        None,
    ]
    assert [tenant.world(w).head() for w in ("w1", "w2", "w3")] == [2, 0, 0]


def test_nothing_of_a_world_is_stored_after_a_commit_that_was_refused(logs: Logs) -> None:
    tenant = logs.tenant("acme")
    store(tenant, commit("w1", 0, 1))
    first, second = tenant.append([commit("w1", 0, 2), commit("w1", 2, 3)])
    assert isinstance(first, Conflict)
    assert second is not None
    assert positions(list(tenant.world("w1").read())) == [0]


def test_two_handles_of_one_log_never_hold_the_same_position(logs: Logs) -> None:
    one, other = logs.tenant("acme"), logs.tenant("acme")
    store(one, commit("w1", 0, 1))
    store(other, commit("w1", 1, 2))
    assert refused(one, commit("w1", 1, 3)) == [Conflict]
    store(one, commit("w1", 2, 3))
    assert [r.data for r in one.world("w1").read()] == [event(1), event(2), event(3)]


def test_one_tenant_sees_nothing_of_another(logs: Logs) -> None:
    store(logs.tenant("acme"), commit("w1", 0, 1))
    assert logs.tenant("acme-2").world("w1").head() == -1
    assert list(logs.tenant("acm").world("w1").read()) == []


@pytest.mark.parametrize("name", ["", "Acme", "a/b", "..", "a#b", "a" * 41])
def test_a_tenant_of_another_shape_is_refused(logs: Logs, name: str) -> None:
    with pytest.raises(BadInput):
        logs.tenant(name)


@pytest.mark.parametrize("name", ["", "W", "a/b", "..", "a#b", "a" * 65])
def test_a_world_of_another_shape_is_refused(logs: Logs, name: str) -> None:
    with pytest.raises(BadInput):
        logs.tenant("acme").world(name)
