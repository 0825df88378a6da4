"""The documents port in SQLite.

Not synced at every change: when the machine loses its power, documents may fall back to what they
were a moment before. A cursor that falls back makes effects happen again, which is allowed; it
never runs ahead of them.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Lock

from lqe.names import check_path, check_world

from .failures import told_apart
from .reading import ReadOnlyFile
from .tenants import TenantFiles

_TABLE = (
    "CREATE TABLE IF NOT EXISTS documents "
    "(world TEXT, name TEXT, body BLOB NOT NULL, PRIMARY KEY (world, name))"
)
_GET = "SELECT body FROM documents WHERE world=? AND name=?"
_NAMES = "SELECT name FROM documents WHERE world=? ORDER BY name"
_INSERT = "INSERT INTO documents (body, world, name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_UPDATE = "UPDATE documents SET body=? WHERE world=? AND name=? AND body=?"
_REMOVE = "DELETE FROM documents WHERE world=?"


class _Tenant:
    def __init__(self, path: Path, *, read_only: bool) -> None:
        self._lock = Lock()
        self._path = path
        self._read: ReadOnlyFile | None = None
        with told_apart(path):
            self.connection = self._reading() if read_only else self._writing()

    def _writing(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(_TABLE)
        return connection

    def _reading(self) -> sqlite3.Connection:
        """Connect to the file as it is; where there is none, nothing is kept."""
        if self._path.is_file() and self._path.stat().st_size:
            self._read = ReadOnlyFile(self._path)
            return self._read.connect()
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        connection.execute(_TABLE)
        connection.execute("PRAGMA query_only=ON")
        return connection

    @contextmanager
    def _asked(self) -> Iterator[None]:
        with self._lock, told_apart(self._path):
            yield
        if self._read is not None:
            self._read.check()

    def get(self, world: str, name: str) -> bytes | None:
        with self._asked():
            row = self.connection.execute(_GET, (check_world(world), check_path(name))).fetchone()
        return bytes(row[0]) if row else None

    def replace(self, world: str, name: str, old: bytes | None, new: bytes) -> bool:
        values = (new, check_world(world), check_path(name))
        with self._asked():
            if old is None:
                done = self.connection.execute(_INSERT, values)
            else:
                done = self.connection.execute(_UPDATE, (*values, old))
        return done.rowcount == 1

    def remove(self, world: str) -> None:
        """Take out all documents of a world."""
        with self._asked():
            self.connection.execute(_REMOVE, (check_world(world),))

    def names(self, world: str, prefix: str = "") -> list[str]:
        with self._asked():
            rows = self.connection.execute(_NAMES, (check_world(world),)).fetchall()
        return [name for (name,) in rows if name.startswith(prefix)]

    def close(self) -> None:
        self.connection.close()


class SQLiteDocuments(TenantFiles[_Tenant]):
    """The documents of all tenants below a folder, in `TENANT/documents.sqlite`.

    `read_only` changes no byte of the folder: nothing can be replaced then.
    """

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        opened = partial(_Tenant, read_only=read_only)
        super().__init__(folder, "documents.sqlite", opened, read_only=read_only)
