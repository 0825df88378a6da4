"""What every log adapter does."""

from collections.abc import Sequence

import pytest

from lqe.errors import BadInput, Conflict, Gap
from lqe.ports.log import Commit, Logs, Record


def commit(world: str, first: int, *events: bytes) -> Commit:
    return Commit(world, first, ["clock.advanced.v1"] * len(events), list(events))


def positions(records: Sequence[Record]) -> list[int]:
    return [r.position for r in records]


def test_an_empty_world_has_no_head_and_nothing_to_read(logs: Logs) -> None:
    world = logs.tenant("acme").world("w1")
    assert world.head() == -1
    assert list(world.read()) == []


def test_what_was_appended_is_read_back_to_the_byte_and_in_order(logs: Logs) -> None:
    tenant = logs.tenant("acme")
    tenant.append([commit("w1", 0, b"a", b"\x00\xff")])
    tenant.append([commit("w1", 2, b"c")])
    assert [(r.position, r.name, r.data) for r in tenant.world("w1").read()] == [
        (0, "clock.advanced.v1", b"a"),
        (1, "clock.advanced.v1", b"\x00\xff"),
        (2, "clock.advanced.v1", b"c"),
    ]
    assert tenant.world("w1").head() == 2


def test_a_part_is_read_from_start_up_to_but_not_including_stop(logs: Logs) -> None:
    tenant = logs.tenant("acme")
    tenant.append([commit("w1", 0, *[bytes([i]) for i in range(10)])])
    world = tenant.world("w1")
    assert positions(list(world.read(3, 6))) == [3, 4, 5]
    assert positions(list(world.read(8))) == [8, 9]
    assert positions(list(world.read(10))) == []
    assert positions(list(world.read(6, 3))) == []


def test_a_long_log_is_read_whole(logs: Logs) -> None:
    tenant = logs.tenant("acme")
    for first in range(0, 12_000, 4_000):
        tenant.append([commit("w1", first, *[b"x"] * 4_000)])
    assert positions(list(tenant.world("w1").read())) == list(range(12_000))


def test_a_position_that_is_taken_is_a_conflict_and_nothing_is_stored(logs: Logs) -> None:
    tenant = logs.tenant("acme")
    tenant.append([commit("w1", 0, b"a", b"b")])
    with pytest.raises(Conflict):
        tenant.append([commit("w1", 1, b"rival", b"more")])
    assert [r.data for r in tenant.world("w1").read()] == [b"a", b"b"]


def test_a_gap_is_refused_and_nothing_is_stored(logs: Logs) -> None:
    tenant = logs.tenant("acme")
    tenant.append([commit("w1", 0, b"a")])
    for first in (2, 100):
        with pytest.raises(Gap):
            tenant.append([commit("w1", first, b"late")])
    with pytest.raises(Gap):
        tenant.append([commit("w2", 1, b"no beginning")])
    assert positions(list(tenant.world("w1").read())) == [0]
    assert tenant.worlds() == ["w1"]


def test_commits_of_many_worlds_are_stored_all_or_none(logs: Logs) -> None:
    tenant = logs.tenant("acme")
    tenant.append([commit("w1", 0, b"a"), commit("w2", 0, b"b"), commit("w1", 1, b"c")])
    with pytest.raises(Conflict):
        tenant.append([commit("w3", 0, b"new"), commit("w2", 0, b"taken")])
    assert tenant.worlds() == ["w1", "w2"]
    assert tenant.world("w3").head() == -1
    assert tenant.world("w1").head() == 1


def test_one_tenant_sees_nothing_of_another(logs: Logs) -> None:
    logs.tenant("acme").append([commit("w1", 0, b"a")])
    assert logs.tenant("acme-2").worlds() == []
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
