"""The documents port in SQLite.

Not synced at every change: when the machine loses its power, documents may fall back to what they
were a moment before. A cursor that falls back makes effects happen again, which is allowed; it
never runs ahead of them.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from lqe.errors import Unavailable
from lqe.names import check_path, check_world

from .tenants import TenantFiles

_TABLE = (
    "CREATE TABLE IF NOT EXISTS documents "
    "(world TEXT, name TEXT, body BLOB NOT NULL, PRIMARY KEY (world, name))"
)
_GET = "SELECT body FROM documents WHERE world=? AND name=?"
_NAMES = "SELECT name FROM documents WHERE world=? ORDER BY name"
_INSERT = "INSERT INTO documents (body, world, name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_UPDATE = "UPDATE documents SET body=? WHERE world=? AND name=? AND body=?"


@contextmanager
def _available() -> Iterator[None]:
    """Say of a disk that is full, read-only or busy that it is unavailable."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise Unavailable(f"documents cannot be read or written now: {error}") from error


class _Tenant:
    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=NORMAL")
        self.connection.execute(_TABLE)

    def get(self, world: str, name: str) -> bytes | None:
        with self._lock, _available():
            row = self.connection.execute(_GET, (check_world(world), check_path(name))).fetchone()
        return bytes(row[0]) if row else None

    def replace(self, world: str, name: str, old: bytes | None, new: bytes) -> bool:
        values = (new, check_world(world), check_path(name))
        with self._lock, _available():
            if old is None:
                done = self.connection.execute(_INSERT, values)
            else:
                done = self.connection.execute(_UPDATE, (*values, old))
        return done.rowcount == 1

    def names(self, world: str, prefix: str = "") -> list[str]:
        with self._lock, _available():
            rows = self.connection.execute(_NAMES, (check_world(world),)).fetchall()
        return [name for (name,) in rows if name.startswith(prefix)]

    def close(self) -> None:
        self.connection.close()


class SQLiteDocuments(TenantFiles[_Tenant]):
    """The documents of all tenants below a folder, in `TENANT/documents.sqlite`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "documents.sqlite", _Tenant)
