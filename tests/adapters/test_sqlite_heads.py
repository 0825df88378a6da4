"""A log whose positions were given out is not taken for a shorter one, whatever became of it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lqe.adapters.sqlite import SQLiteLogs
from lqe.adapters.sqlite.heads import Head, Heads
from lqe.errors import Conflict, LedgerQuestError, Quarantine
from lqe.ports.log import Commit

CRASHED = """
import os, sys
from pathlib import Path
from lqe.adapters.sqlite import SQLiteLogs
from lqe.ports.log import Commit
tenant = SQLiteLogs(Path(sys.argv[1])).tenant("acme")
for position in range(40):
    for world in ("w1", "w2") if position < 10 else ("w1",):
        tenant.append([Commit(world, position, ["n"], [b"%d" % position])])
os._exit(0)
"""


@pytest.fixture
def crashed(tmp_path: Path) -> Path:
    """A data folder as a process left it that ended without closing anything."""
    subprocess.run([sys.executable, "-c", CRASHED, tmp_path / "data"], check=True)
    return tmp_path / "data"


def store(logs: SQLiteLogs, world: str, position: int) -> LedgerQuestError | None:
    return logs.tenant("acme").append([Commit(world, position, ["n"], [b"%d" % position])])[0]


def flip_in(path: Path, part: float) -> None:
    data = bytearray(path.read_bytes())
    data[int(len(data) * part)] ^= 1
    path.write_bytes(data)


def stands(logs: SQLiteLogs, world: str, why: str) -> None:
    tenant = logs.tenant("acme")
    assert world in tenant.worlds()
    with pytest.raises(Quarantine, match=why) as said:
        tenant.world(world).head()
    assert "ledgerquest accept-loss" in str(said.value)


def test_a_crash_alone_shortens_nothing(crashed: Path) -> None:
    logs = SQLiteLogs(crashed)
    assert logs.tenant("acme").world("w1").head() == 39
    assert store(logs, "w1", 40) is None
    logs.close()
    logs = SQLiteLogs(crashed)
    assert logs.tenant("acme").world("w1").head() == 40
    logs.close()


@pytest.mark.parametrize("read_only", [True, False], ids=["read", "served"])
def test_one_flipped_byte_of_the_write_ahead_log_is_found_and_stops_its_world_alone(
    crashed: Path, *, read_only: bool
) -> None:
    flip_in(crashed / "acme/log.sqlite-wal", 0.8)
    logs = SQLiteLogs(crashed, read_only=read_only)
    tenant = logs.tenant("acme")
    stands(logs, "w1", "all up to 39 was given out")
    assert tenant.world("w2").head() == 9
    logs.close()


def test_no_position_that_was_given_out_is_given_out_again(crashed: Path) -> None:
    flip_in(crashed / "acme/log.sqlite-wal", 0.8)
    logs = SQLiteLogs(crashed)
    kept = len(list(logs.tenant("acme").world("w1").read()))
    assert 0 < kept < 39
    mine = Commit("w1", kept, ["n"], [b"other"])
    theirs = Commit("w2", 10, ["n"], [b"10"])
    first, second = logs.tenant("acme").append([mine, theirs])
    assert isinstance(first, Quarantine)
    assert second is None
    assert isinstance(store(logs, "w2", 10), Conflict)  # taken, and nothing is wrong with it
    logs.close()
    logs = SQLiteLogs(crashed)
    stands(logs, "w1", "all up to 39 was given out")
    assert logs.tenant("acme").world("w2").head() == 10
    logs.close()


def test_a_log_that_is_gone_altogether_is_missed(crashed: Path) -> None:
    for name in ("log.sqlite", "log.sqlite-wal", "log.sqlite-shm"):
        (crashed / "acme" / name).unlink()
    logs = SQLiteLogs(crashed)
    assert logs.tenant("acme").worlds() == ["w1", "w2"]
    stands(logs, "w2", "ends at position -1, and all up to 9 was given out")
    logs.close()


def test_a_log_that_went_on_from_an_older_copy_is_not_the_one_that_was_given_out(
    crashed: Path,
) -> None:
    heads = crashed / "acme/log.heads"
    shutil.copy(heads, crashed / "kept")
    shutil.rmtree(crashed / "acme")
    logs = SQLiteLogs(crashed)
    for position in range(50):
        assert logs.tenant("acme").append([Commit("w1", position, ["n"], [b"x"])]) == [None]
    logs.close()
    (crashed / "kept").replace(heads)
    logs = SQLiteLogs(crashed)
    stands(logs, "w1", "another event at position 39 than was given out")
    logs.close()


def test_a_copy_of_the_heads_that_is_damaged_says_nothing_and_stops_nobody(crashed: Path) -> None:
    path = crashed / "acme/log.heads"
    flip_in(path, 0.1)
    heads = Heads(path)
    assert heads.worlds() == ["w2"]
    path.write_bytes(path.read_bytes()[:-1] + b"cut")
    Heads(path)
    logs = SQLiteLogs(crashed)
    assert logs.tenant("acme").world("w1").head() == 39
    assert store(logs, "w1", 40) is None
    logs.close()
    assert Heads(path).get("w1") == Head.of(40, b"40")


def test_what_is_forgotten_stays_forgotten(tmp_path: Path) -> None:
    heads = Heads(tmp_path / "log.heads")
    for number in range(3):
        heads.note(f"w{number}", Head.of(number, b"x"))
    heads.forget("w1")
    heads.close()
    again = Heads(tmp_path / "log.heads")
    assert again.worlds() == ["w0", "w2"]
    again.note("w1", Head.of(7, b"y"))
    again.close()
    assert Heads(tmp_path / "log.heads").get("w1") == Head.of(7, b"y")
    assert (tmp_path / "log.heads").stat().st_size == 3 * 128


def test_a_disk_that_does_not_take_the_copy_is_said_and_what_is_stored_is_stored(
    tmp_path: Path,
) -> None:
    (tmp_path / "beta/log.heads").mkdir(parents=True)
    tenant = SQLiteLogs(tmp_path).tenant("beta")
    assert tenant.append([Commit("w1", 0, ["n"], [b"a"])]) == [None]
    assert "log.sqlite cannot be written down" in tenant.end.problem
    tenant.close()
