"""What lies in a data folder is read without changing a byte of it, wherever it lies."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lqe.adapters.sqlite import SQLiteDocuments, SQLiteLogs, log_in
from lqe.errors import BadInput, Damaged, Unavailable
from lqe.ports.log import Commit

CRASHED = """
import os, sys
from pathlib import Path
from lqe.adapters.sqlite import SQLiteDocuments, SQLiteLogs
from lqe.ports.log import Commit
logs, documents = SQLiteLogs(Path(sys.argv[1])), SQLiteDocuments(Path(sys.argv[1]))
for position in range(50):
    logs.tenant("acme").append([Commit("w1", position, ["n"], [b"%d" % position])])
documents.tenant("acme").replace("w1", "cursor", None, b"here")
os._exit(0)
"""
ALL = ["log.sqlite", "log.sqlite-shm", "log.sqlite-wal"]


@pytest.fixture
def crashed(tmp_path: Path) -> Path:
    """A data folder as a process left it that ended without closing anything."""
    folder = tmp_path / "data"
    subprocess.run([sys.executable, "-c", CRASHED, folder], check=True)
    assert {*ALL} <= {p.name for p in (folder / "acme").iterdir()}
    return folder


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    files = [p for p in folder.rglob("*") if p.is_file()]
    return {str(p): (p.stat().st_mtime_ns, p.read_bytes()) for p in files}


def read(folder: Path) -> tuple[list[bytes], bytes | None]:
    logs = SQLiteLogs(folder, read_only=True)
    documents = SQLiteDocuments(folder, read_only=True)
    records = [r.data for r in logs.tenant("acme").world("w1").read()]
    assert logs.tenant("acme").world("w1").head() == len(records) - 1
    assert logs.tenant("acme").worlds() == ["w1"]
    cursor = documents.tenant("acme").get("w1", "cursor")
    logs.close()
    documents.close()
    return records, cursor


WHOLE = [b"%d" % n for n in range(50)]


@pytest.mark.parametrize("left", [ALL, ["log.sqlite", "log.sqlite-wal"]], ids=["all", "no index"])
def test_what_is_in_the_write_ahead_log_is_read_and_no_byte_changes(
    crashed: Path, left: list[str]
) -> None:
    for name in {*ALL} - {*left}:
        (crashed / "acme" / name).unlink()
    before = state(crashed)
    assert read(crashed) == (WHOLE, b"here")
    assert state(crashed) == before


def test_a_folder_that_was_closed_is_read_and_nothing_is_made_in_it(crashed: Path) -> None:
    logs, documents = SQLiteLogs(crashed), SQLiteDocuments(crashed)
    assert logs.tenant("acme").world("w1").head() == 49
    assert documents.tenant("acme").names("w1") == ["cursor"]
    logs.close()
    documents.close()
    before = state(crashed)
    assert sorted(Path(p).name for p in before) == [
        "documents.sqlite", "log.heads", "log.sqlite",
    ]  # fmt: skip
    assert read(crashed) == (WHOLE, b"here")
    assert state(crashed) == before


@pytest.fixture
def read_only_medium(tmp_path: Path, crashed: Path) -> Iterator[Path]:
    there = tmp_path / "medium"
    there.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "lqe", str(there)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    shutil.copytree(crashed, there / "data")
    subprocess.run(["mount", "-o", "remount,ro", there], check=True)
    yield there / "data"
    subprocess.run(["umount", there], check=True)


def test_a_medium_that_cannot_be_written_is_read(read_only_medium: Path) -> None:
    assert read(read_only_medium) == (WHOLE, b"here")


def test_what_is_not_there_is_not_made(tmp_path: Path) -> None:
    documents = SQLiteDocuments(tmp_path, read_only=True)
    assert documents.tenant("acme").get("w1", "cursor") is None
    with pytest.raises(Unavailable):
        documents.tenant("acme").replace("w1", "cursor", None, b"x")
    with pytest.raises(BadInput, match=r"log\.sqlite"):
        SQLiteLogs(tmp_path, read_only=True).tenant("acme")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_changes_while_it_is_read_is_not_taken_for_one_state(crashed: Path) -> None:
    logs = SQLiteLogs(crashed, read_only=True)
    world = logs.tenant("acme").world("w1")
    assert world.head() == 49
    other = SQLiteLogs(crashed)
    other.tenant("acme").append([Commit("w1", 50, ["n"], [b"50"])])
    with pytest.raises(Unavailable, match="while it was read"):
        world.head()
    logs.close()
    other.close()


def test_nothing_can_be_stored_through_what_only_reads(crashed: Path) -> None:
    logs = SQLiteLogs(crashed, read_only=True)
    before = state(crashed)
    (said,) = logs.tenant("acme").append([Commit("w1", 50, ["n"], [b"50"])])
    assert isinstance(said, Unavailable)
    logs.close()
    assert state(crashed) == before


def test_a_name_with_signs_that_addresses_are_made_of_is_a_name(crashed: Path) -> None:
    strange = crashed.rename(crashed.with_name("d?mode=memory#50%25 ä"))
    assert read(strange) == (WHOLE, b"here")


def test_a_file_that_is_spoiled_is_told_from_a_disk_that_does_not_answer(tmp_path: Path) -> None:
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme/documents.sqlite").write_bytes(b"no database " * 1_000)
    with pytest.raises(Damaged, match=r"documents\.sqlite is damaged"):
        SQLiteDocuments(tmp_path).tenant("acme")
    (tmp_path / "beta/log.sqlite").mkdir(parents=True)
    with pytest.raises(Unavailable, match=r"log\.sqlite cannot be read or written now"):
        SQLiteLogs(tmp_path).tenant("beta")
    with sqlite3.connect(tmp_path / "other") as other:
        other.execute("CREATE TABLE t (a)")
    with pytest.raises(BadInput, match=r"expected a log\.sqlite that is whole"):
        log_in(tmp_path / "other")
