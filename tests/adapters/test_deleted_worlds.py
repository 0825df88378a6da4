"""A deleted world is not there, a little at a time, and no other world gets its name."""

from pathlib import Path

from lqe.adapters.sqlite import SQLiteLogs
from lqe.errors import WorldDeleted
from lqe.ports.log import Commit

TENANT = "acme"


def commit(world: str, first: int = 0, events: int = 10) -> Commit:
    names = ["clock.advanced.v1"] * events
    return Commit(world, first, names, [b"\x80"] * events, 0, 0, [])


def stored(folder: Path) -> SQLiteLogs:
    """Return logs with two worlds, the first of which is deleted and not taken out yet."""
    logs = SQLiteLogs(folder)
    assert logs.tenant(TENANT).append([commit("w1"), commit("w2")]) == [None, None]
    logs.tenant(TENANT).delete("w1")
    return logs


def test_a_deleted_world_is_not_there_from_that_moment_on(tmp_path: Path) -> None:
    logs = stored(tmp_path)
    log = logs.tenant(TENANT)
    assert log.worlds() == ["w2"]
    assert log.world("w1").head() == -1
    assert list(log.world("w1").read()) == []
    assert log.world("w2").head() == 9
    logs.close()


def test_its_name_stays_taken_also_by_who_knows_where_it_ended(tmp_path: Path) -> None:
    logs = stored(tmp_path)
    log = logs.tenant(TENANT)
    for first in (0, 10):
        refused, others = log.append([commit("w1", first), commit("w2", 10 + first)])
        assert isinstance(refused, WorldDeleted)
        assert others is None
    logs.close()


def test_what_is_left_of_it_is_taken_out_in_parts_and_after_a_restart(tmp_path: Path) -> None:
    logs = stored(tmp_path)
    assert not logs.tenant(TENANT).purge(4)
    logs.close()
    again = SQLiteLogs(tmp_path)
    log = again.tenant(TENANT)
    assert log.worlds() == ["w2"]
    assert log.deleted.left == ["w1"]
    while not log.purge(4):
        pass
    with log.recorder.datastore.transaction(commit=False) as cursor:
        cursor.execute("SELECT COUNT(*) FROM stored_events WHERE originator_id='w1'")
        assert cursor.fetchone()[0] == 0
    assert log.purge(4)
    assert isinstance(log.append([commit("w1")])[0], WorldDeleted)
    again.close()


def test_who_only_reads_does_not_see_it_either(tmp_path: Path) -> None:
    stored(tmp_path).close()
    log = SQLiteLogs(tmp_path, read_only=True).tenant(TENANT)
    assert log.worlds() == ["w2"]
    assert log.world("w1").head() == -1
