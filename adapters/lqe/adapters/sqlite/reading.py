"""SQLite files opened so that no byte of their folder changes, and none need be writable.

SQLite itself shares an index of the write-ahead log with other processes in a file beside it, which
it makes and writes to also for who only reads. While a server runs that file is its business, and
read along. Otherwise the index is kept in memory, where no other process sees it, and what was read
counts only if the files are still what they were.
"""

import fcntl
import os
import sqlite3
from pathlib import Path
from typing import Final
from urllib.parse import quote

from lqe.errors import Unavailable

SERVER_LOCK: Final = "server.lock"
# Of the whole file there is one writer at most, and it is gone: locks would be for nobody.
_WITH_WAL: Final = "mode=ro&vfs=unix-none"
_ALONE: Final = "mode=ro&immutable=1"
_SHARED: Final = "mode=ro"
Stamp = tuple[tuple[int, int, int], ...]


class ReadOnlyFile:
    """One SQLite file, as it stood when this was made."""

    def __init__(self, path: Path) -> None:
        self._path = Path(os.path.realpath(path))
        self._wal = self._path.with_name(f"{self._path.name}-wal")
        self._is_shared = _is_served(self._path) and self._wal.exists()
        self._stamp = self._stamped()

    def connect(self) -> sqlite3.Connection:
        """Return a connection that reads; raise sqlite3.Error if the file is no database."""
        how = _SHARED if self._is_shared else _WITH_WAL if self._has_wal() else _ALONE
        uri = f"file:{quote(os.fsencode(self._path))}?{how}"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        if how == _WITH_WAL:
            # Before the first look: then the index of the write-ahead log is memory of our own.
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        return connection

    def check(self) -> None:
        """Raise Unavailable if what was read since this was made may be of two states."""
        if not self._is_shared and self._stamped() != self._stamp:
            raise Unavailable(
                f"{self._path} was written to while it was read: a server was started over it; "
                "try again"
            )

    def _has_wal(self) -> bool:
        try:
            return self._wal.stat().st_size > 0
        except FileNotFoundError:
            return False

    def _stamped(self) -> Stamp:
        stamps = []
        for path in (self._path, self._wal):
            try:
                found = path.stat()
                stamps.append((found.st_ino, found.st_size, found.st_mtime_ns))
            except FileNotFoundError:
                stamps.append((0, 0, 0))
        return tuple(stamps)


def _is_served(path: Path) -> bool:
    """Say whether a server holds the data folder that a tenant's file is in."""
    try:
        lock = os.open(path.parent.parent / SERVER_LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(lock)
