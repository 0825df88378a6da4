"""The `eventsourcing` library's SQLite recorder, held to what a log has to promise."""

import sqlite3
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
)

from lqe.errors import Gap, WorldDeleted

from .failures import told_apart
from .reading import ReadOnlyFile

_ROWS = 1_000
_REMEMBERED = 10_000
HAS = "SELECT 1 FROM stored_events WHERE originator_id=? AND originator_version=?"


class SyncedPool(SQLiteConnectionPool):
    """Connections that sync every commit to disk."""

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        connection.cursor().execute("PRAGMA synchronous=FULL")
        return connection


class ReadingPool(SQLiteConnectionPool):
    """Connections that write nothing."""

    def __init__(self, file: ReadOnlyFile) -> None:
        super().__init__(db_name="")
        self._file = file

    def _create_connection(self) -> SQLiteConnection:
        connection = self._file.connect()
        connection.row_factory = sqlite3.Row
        return SQLiteConnection(connection, max_age=None)


class Datastore(SQLiteDatastore):
    """Says what a transaction failed of: the disk, or a file that is spoiled.

    What is read of a `file` that was opened for reading counts only if it stayed as it was.
    """

    def __init__(self, path: Path, file: ReadOnlyFile | None) -> None:
        super().__init__(str(path), originator_id_type="text")
        self._path = path
        self._file = file

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        """Do what is done with the cursor at once or, unless it is to `commit`, not at all."""
        with told_apart(self._path):
            try:
                with super().transaction(commit=commit) as cursor:
                    yield cursor
            finally:
                if self._file is not None:
                    self._file.check()


class GaplessRecorder(SQLiteApplicationRecorder):
    """Refuses an event whose predecessor is neither stored nor in the same transaction."""

    def __init__(self, datastore: SQLiteDatastore) -> None:
        super().__init__(datastore)
        # What was seen stored is stored for as long as its world is there.
        self._seen: dict[str, int] = {}
        self.deleted: Container[str] = ()

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Store events; raise Gap, and store none, if one has no predecessor."""
        super().insert_events(stored_events, **kwargs)
        if len(self._seen) > _REMEMBERED:
            self._seen.clear()
        self._seen |= {str(e.originator_id): e.originator_version for e in stored_events}
        return None

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **_: Any
    ) -> Sequence[int] | None:
        last: dict[str, int] = {}
        for event in stored_events:
            world, position = str(event.originator_id), event.originator_version
            if world in self.deleted:
                raise WorldDeleted(f"the world {world!r} was deleted, and its name stays taken")
            before = last.get(world, self._seen.get(world))
            if before != position - 1 and world not in last and position > 0:
                c.execute(HAS, (world, position - 1))
                before = position - 1 if c.fetchone() else None
            if position > 0 and before != position - 1:
                raise Gap(f"{world}: nothing is stored at {position - 1}, so not at {position}")
            last[world] = position
        # Many rows a statement: each is a call in which other threads get their turn.
        for start in range(0, len(stored_events), _ROWS):
            rows = stored_events[start : start + _ROWS]
            values: list[Any] = []
            for e in rows:
                values += (e.originator_id, e.originator_version, e.topic, e.state)
            more = ",(?,?,?,?)" * (len(rows) - 1)
            c.execute(f"{self.insert_events_statement}{more}", values)
        return None
