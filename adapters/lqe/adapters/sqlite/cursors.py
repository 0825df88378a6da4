"""The cursor port in SQLite.

Not synced at every move: a cursor that falls back makes effects happen again, which is allowed;
it never runs ahead of them.
"""

import sqlite3
from pathlib import Path
from threading import Lock

import msgspec

from lqe.ports.cursors import Cursor

from .tenants import TenantFiles

_TABLE = "CREATE TABLE IF NOT EXISTS cursors (world TEXT PRIMARY KEY, cursor BLOB NOT NULL)"


class _Tenant:
    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=NORMAL")
        self.connection.execute(_TABLE)

    def get(self, world: str) -> Cursor:
        with self._lock:
            row = self.connection.execute(
                "SELECT cursor FROM cursors WHERE world=?", (world,)
            ).fetchone()
        return msgspec.msgpack.decode(row[0], type=Cursor) if row else Cursor()

    def move(self, world: str, old: Cursor, new: Cursor) -> bool:
        data = msgspec.msgpack.encode(new)
        with self._lock:
            if old == Cursor():
                done = self.connection.execute(
                    "INSERT INTO cursors VALUES (?, ?) ON CONFLICT DO NOTHING", (world, data)
                )
                if done.rowcount:
                    return True
            done = self.connection.execute(
                "UPDATE cursors SET cursor=? WHERE world=? AND cursor=?",
                (data, world, msgspec.msgpack.encode(old)),
            )
        return done.rowcount == 1

    def close(self) -> None:
        self.connection.close()


class SQLiteCursors(TenantFiles[_Tenant]):
    """The cursors of all tenants below a folder, in `TENANT/cursors.sqlite`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "cursors.sqlite", _Tenant)
