"""What adapters leave in a data folder, and what they do when it is not what it was."""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from lqe.adapters.files import FileObjects
from lqe.adapters.sqlite import SQLiteDocuments, SQLiteLogs
from lqe.errors import LedgerQuestError, Misconfigured, Unavailable
from lqe.ports.log import Commit


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    old = os.umask(request.param)
    yield
    os.umask(old)


@pytest.mark.usefixtures("umask")
def test_files_and_folders_are_the_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    logs, documents = SQLiteLogs(tmp_path), SQLiteDocuments(tmp_path)
    assert logs.tenant("acme").append([Commit("w1", 0, ["n"], [b"a"])]) == [None]
    assert documents.tenant("acme").replace("w1", "cursor", None, b"x")
    assert FileObjects(tmp_path).tenant("acme").put("snapshots/w1/0001", b"y")
    assert FileObjects(tmp_path).tenant("beta").put("a", b"z")
    modes = {p.relative_to(tmp_path).as_posix(): stat.S_IMODE(p.stat().st_mode)
             for p in tmp_path.rglob("*")}  # fmt: skip
    logs.close()
    documents.close()
    assert {"acme/log.sqlite-wal", "acme/log.sqlite-shm", "acme/documents.sqlite-wal"} <= {*modes}
    folders = {name for name in modes if (tmp_path / name).is_dir()}
    assert {*modes.values()} == {0o600, 0o700}
    assert {name for name, mode in modes.items() if mode == 0o700} == folders


def test_a_tenants_folder_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    (tmp_path / "acme").mkdir(mode=0o755)
    logs = SQLiteLogs(tmp_path)
    logs.tenant("acme")
    assert stat.S_IMODE((tmp_path / "acme").stat().st_mode) == 0o700
    logs.close()


def test_objects_need_no_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_args: object, **_named: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", none)
    tenant = FileObjects(tmp_path).tenant("acme")
    assert tenant.put("snapshots/w1/0001", b"first")
    assert not tenant.put("snapshots/w1/0001", b"second")
    assert (tenant.get("snapshots/w1/0001"), tenant.names("")) == (b"first", ["snapshots/w1/0001"])


def stored(logs: SQLiteLogs, position: int) -> LedgerQuestError | None:
    return logs.tenant("acme").append([Commit("w1", position, ["n"], [b"%d" % position])])[0]


def test_nothing_is_stored_in_a_log_that_is_not_under_its_name_any_more(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    logs = SQLiteLogs(folder)
    assert stored(logs, 0) is None
    away = folder.rename(tmp_path / "away")
    assert isinstance(stored(logs, 1), Unavailable)
    with pytest.raises(Unavailable, match="removed, moved or replaced"):
        logs.tenant("acme").check_place()
    assert not folder.exists()
    away.rename(folder)
    assert stored(logs, 1) is None
    (folder / "acme/log.sqlite-wal").unlink()
    assert isinstance(stored(logs, 2), Unavailable)
    logs.close()
    logs = SQLiteLogs(folder)
    assert [r.data for r in logs.tenant("acme").world("w1").read()] == [b"0", b"1"]
    shutil.copy(folder / "acme/log.sqlite", tmp_path / "copy")
    (tmp_path / "copy").replace(folder / "acme/log.sqlite")
    assert isinstance(stored(logs, 2), Unavailable)
    logs.close()


def test_a_folder_that_was_removed_is_not_made_again_for_an_object(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    objects = FileObjects(folder).tenant("acme")
    assert objects.put("a", b"x")
    shutil.rmtree(folder)
    with pytest.raises(Unavailable, match="removed, moved or replaced"):
        objects.put("b", b"x")
    assert not folder.exists()
    folder.mkdir()
    with pytest.raises(Unavailable):
        objects.put("b", b"x")
    assert list(folder.iterdir()) == []


def test_a_disk_that_does_not_do_what_it_should_is_no_fault_of_a_world(tmp_path: Path) -> None:
    objects = FileObjects(tmp_path).tenant("acme")
    (tmp_path / "acme").write_bytes(b"a file where the tenant's folder should be")
    with pytest.raises(Misconfigured, match="cannot be read or written now"):
        objects.put("a", b"x")
    with pytest.raises(Misconfigured):
        objects.get("a")
    (tmp_path / "acme").unlink()
    (tmp_path / "acme/objects/snapshots/w1/0001").mkdir(parents=True)
    with pytest.raises(Misconfigured):
        objects.get("snapshots/w1/0001")
