"""The objects port as a folder: a file an object, complete or absent, never overwritten."""

import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from lqe.errors import Misconfigured, Unavailable
from lqe.names import check_path, check_tenant, is_path

from .places import Place
from .private import make_file, make_folder, new_file

# A disk that is full or that may not be written to: it may be put right while worlds wait.
_WAITS: Final = (errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EACCES)
_LOCK: Final = ".lock"


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Say of a disk that does not do what it should that it is no fault of any world."""
    try:
        yield
    except OSError as error:
        kind = Unavailable if error.errno in _WAITS else Misconfigured
        raise kind(f"{name} cannot be read or written now: {error.strerror}") from error


class _Tenant:
    def __init__(self, folder: Path, above: Place) -> None:
        self._folder = folder
        self._above = above

    def _path(self, name: str) -> Path:
        return self._folder / check_path(name)

    def put(self, name: str, data: bytes) -> bool:
        path = self._path(name)
        with _told(name):
            if path.exists():
                return False
            # What stands in the place of a folder that was removed is none of ours to fill.
            self._above.check()
            return self._written(path, data)

    def _written(self, path: Path, data: bytes) -> bool:
        make_folder(path.parent)
        part = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        try:
            with new_file(part) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            # Not by a hard link, which would refuse a name that is taken: some file systems lack
            # them. Whoever else names objects here waits.
            with self._alone():
                if path.exists():
                    return False
                part.rename(path)
        finally:
            part.unlink(missing_ok=True)
        _sync_folder(path.parent)
        return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        lock = self._folder / _LOCK
        make_file(lock)
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def get(self, name: str) -> bytes | None:
        with _told(name):
            try:
                return self._path(name).read_bytes()
            except FileNotFoundError:
                return None

    def remove(self, name: str) -> None:
        """Remove an object that can be made again."""
        with _told(name):
            self._path(name).unlink(missing_ok=True)

    def names(self, prefix: str, after: str = "") -> list[str]:
        folder = prefix.rpartition("/")[0]
        if folder and not is_path(folder):
            return []  # as no object is called; it might lead out of here
        within = self._folder / folder
        with _told(within.name):
            found = [p for p in within.rglob("[!.]*") if p.is_file()]
        names = (p.relative_to(self._folder).as_posix() for p in found)
        return sorted(n for n in names if n.startswith(prefix) and n > after)


def _sync_folder(folder: Path) -> None:
    """Let the names in a folder survive a loss of power, as its files' contents do."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class FileObjects:
    """The objects of all tenants below a folder, in `TENANT/objects/`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._above = Place([folder])

    def tenant(self, name: str) -> _Tenant:
        """Return the objects of one tenant."""
        return _Tenant(self._folder / check_tenant(name) / "objects", self._above)
