"""A start looks at the data folder before anything is served from it."""

import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lqe.errors import Unavailable
from lqe.local.folder import prepare, warning_of
from lqe.local.lock import FolderInUse, FolderLock


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    there = tmp_path / "full"
    there.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "lqe", str(there)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    yield there
    subprocess.run(["umount", there], check=True)


def test_a_disk_without_room_is_said_and_nothing_is_left_on_it(full: Path) -> None:
    with pytest.raises(Unavailable, match="No space left on device") as said:
        prepare(full / "data")
    assert "\n" not in str(said.value)
    assert list((full / "data").iterdir()) == []


def test_a_file_where_the_folder_should_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"")
    with pytest.raises(Unavailable, match="cannot be written to"):
        prepare(tmp_path / "data")


def test_a_new_folder_is_its_owners_alone_and_one_that_others_write_to_is_said(
    tmp_path: Path,
) -> None:
    new = tmp_path / "a" / "data"
    prepare(new)
    assert stat.S_IMODE(new.stat().st_mode) == 0o700
    assert warning_of(new) is None
    new.chmod(0o775)
    assert "chmod go-w" in (warning_of(new) or "")


def test_one_server_has_a_folder_and_its_lock_is_its_owners_alone(tmp_path: Path) -> None:
    first = FolderLock(tmp_path)
    assert stat.S_IMODE((tmp_path / "server.lock").stat().st_mode) == 0o600
    with pytest.raises(FolderInUse, match="in use by another server"):
        FolderLock(tmp_path)
    first.release()
    FolderLock(tmp_path).release()
