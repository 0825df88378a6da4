"""What the SQLite log promises beyond the contract."""

import subprocess
import sys
from pathlib import Path

from lqe.adapters.sqlite import SQLiteLogs
from lqe.ports.log import Commit

WRITER = """
import os, signal, sys
from pathlib import Path
from lqe.adapters.sqlite import SQLiteLogs
from lqe.ports.log import Commit
tenant = SQLiteLogs(Path(sys.argv[1])).tenant("acme")
for first in range(0, 1000, 10):
    tenant.append([Commit("w1", first, ["n"] * 10, [b"%d" % (first + i) for i in range(10)])])
    print(first + 9, flush=True)
    if first == 500:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_every_commit_is_synced(tmp_path: Path) -> None:
    logs = SQLiteLogs(tmp_path)
    with logs.tenant("acme").recorder.datastore.transaction(commit=False) as cursor:
        cursor.execute("PRAGMA synchronous")
        synchronous = cursor.fetchone()[0]
        cursor.execute("PRAGMA journal_mode")
        assert (synchronous, cursor.fetchone()[0]) == (2, "wal")
    logs.close()


def test_what_was_acknowledged_before_a_kill_is_there_after_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WRITER, str(tmp_path)], capture_output=True, text=True, check=False
    )
    acknowledged = int(done.stdout.split()[-1])
    logs = SQLiteLogs(tmp_path)
    records = list(logs.tenant("acme").world("w1").read())
    assert [r.position for r in records] == list(range(len(records)))
    assert len(records) > acknowledged
    assert all(r.data == b"%d" % r.position for r in records)
    logs.close()


def test_two_writers_of_one_file_never_share_a_position(tmp_path: Path) -> None:
    first, second = SQLiteLogs(tmp_path), SQLiteLogs(tmp_path)
    first.tenant("acme").append([Commit("w1", 0, ["n"], [b"a"])])
    second.tenant("acme").append([Commit("w1", 1, ["n"], [b"b"])])
    assert [r.data for r in first.tenant("acme").world("w1").read()] == [b"a", b"b"]
    first.close()
    second.close()
