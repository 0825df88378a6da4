"""The log port over the `eventsourcing` library's SQLite recorder: one file a tenant.

A world is an originator, a position its version. The library opens the file in write-ahead mode;
here every commit is also synced to disk before `append` returns, and gaps are refused, which the
recorder itself would accept.
"""

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
)

from lqe.adapters.places import Place
from lqe.errors import BadInput, Conflict, Damaged, Gap, LedgerQuestError, Unavailable
from lqe.names import check_world
from lqe.ports.log import Commit, Record

from .failures import told_apart
from .reading import ReadOnlyFile
from .tenants import TenantFiles

_PAGE = 5_000
_ROWS = 1_000
_REMEMBERED = 10_000
_HAS = "SELECT 1 FROM stored_events WHERE originator_id=? AND originator_version=?"
_HEAD = "SELECT MAX(originator_version) FROM stored_events WHERE originator_id=?"
# One look into the index a world, however long the logs are.
_WORLDS = """
WITH RECURSIVE world(id) AS (
  SELECT MIN(originator_id) FROM stored_events
  UNION ALL
  SELECT (SELECT MIN(originator_id) FROM stored_events WHERE originator_id > world.id)
  FROM world WHERE world.id IS NOT NULL
)
SELECT id FROM world WHERE id IS NOT NULL
"""


class _SyncedPool(SQLiteConnectionPool):
    """Connections that sync every commit to disk."""

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        connection.cursor().execute("PRAGMA synchronous=FULL")
        return connection


class _ReadingPool(SQLiteConnectionPool):
    """Connections that write nothing."""

    def __init__(self, file: ReadOnlyFile) -> None:
        super().__init__(db_name="")
        self._file = file

    def _create_connection(self) -> SQLiteConnection:
        connection = self._file.connect()
        connection.row_factory = sqlite3.Row
        return SQLiteConnection(connection, max_age=None)


class _Datastore(SQLiteDatastore):
    """Says what a transaction failed of: the disk, or a file that is spoiled.

    What is read of a `file` that was opened for reading counts only if it stayed as it was.
    """

    def __init__(self, path: Path, file: ReadOnlyFile | None) -> None:
        super().__init__(str(path), originator_id_type="text")
        self._path = path
        self._file = file

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        with told_apart(self._path):
            try:
                with super().transaction(commit=commit) as cursor:
                    yield cursor
            finally:
                if self._file is not None:
                    self._file.check()


class _GaplessRecorder(SQLiteApplicationRecorder):
    """Refuses an event whose predecessor is neither stored nor in the same transaction."""

    def __init__(self, datastore: SQLiteDatastore) -> None:
        super().__init__(datastore)
        # What was seen stored is stored for good: nothing is ever taken out of a log.
        self._seen: dict[str, int] = {}

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
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
            before = last.get(world, self._seen.get(world))
            if before != position - 1 and world not in last and position > 0:
                c.execute(_HAS, (world, position - 1))
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


class _World:
    def __init__(self, recorder: _GaplessRecorder, name: str) -> None:
        self._recorder = recorder
        self._name = name

    def head(self) -> int:
        with self._recorder.datastore.transaction(commit=False) as cursor:
            cursor.execute(_HEAD, (self._name,))
            head = cursor.fetchone()[0]
        return -1 if head is None else int(head)

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Record]:
        after = start - 1
        last = None if stop is None else stop - 1
        while True:
            page = self._recorder.select_events(self._name, gt=after, lte=last, limit=_PAGE)
            for event in page:
                after = event.originator_version
                yield Record(after, event.topic, bytes(event.state))
            if len(page) < _PAGE:
                return

    def places(self, messages: Collection[str]) -> Mapping[str, int]:  # noqa: ARG002
        return {}  # not kept: the intake of this log is a queue in memory, and delivers once


class _Tenant:
    def __init__(self, path: Path, *, read_only: bool) -> None:
        self._path = path
        self._file = ReadOnlyFile(path) if read_only else None
        self.recorder = _GaplessRecorder(_Datastore(path, self._file))
        self._place = Place([path])
        self._wal: Place | None = None
        self._reopen()
        if read_only:
            self._check()
        else:
            self.recorder.create_table()

    def check_place(self) -> None:
        """Raise Unavailable if what is stored now could not be found under the file's name."""
        self._place.check()
        if self._wal is not None:
            self._wal.check()

    def _reopen(self) -> None:
        """Connect anew, synced: what a transaction that failed wrote half is taken back."""
        datastore = self.recorder.datastore
        datastore.pool.close()
        datastore.pool = (
            _ReadingPool(self._file)
            if self._file is not None
            else _SyncedPool(db_name=str(self._path))
        )

    def _check(self) -> None:
        """Raise BadInput if the file holds no log."""
        try:
            with self.recorder.datastore.transaction(commit=False) as cursor:
                cursor.execute(_HAS, ("", 0))
        except (Damaged, Unavailable) as error:
            raise BadInput(f"expected a log.sqlite that is whole: {error}") from error

    def world(self, name: str) -> _World:
        return _World(self.recorder, check_world(name))

    def worlds(self) -> list[str]:
        with self.recorder.datastore.transaction(commit=False) as cursor:
            cursor.execute(_WORLDS)
            return [row[0] for row in cursor.fetchall()]

    def append(self, commits: Sequence[Commit]) -> list[LedgerQuestError | None]:
        """Store all commits in one transaction; if one is refused, those of each world in one."""
        try:
            self._store(commits)
        except (Damaged, Unavailable) as error:
            return [error] * len(commits)
        except (Conflict, Gap) as error:
            worlds = {commit.world for commit in commits}
            if len(worlds) > 1:
                return self._apart(commits)
            rest = commits[1:]
            if not rest:
                return [error]
            first = self.append(commits[:1])
            if first[0] is None:
                return [*first, *self.append(rest)]
            after = Gap(f"{commits[0].world}: the commit before was not stored")
            refused: list[LedgerQuestError | None] = [after] * len(rest)
            return [*first, *refused]
        return [None] * len(commits)

    def _apart(self, commits: Sequence[Commit]) -> list[LedgerQuestError | None]:
        results: dict[int, LedgerQuestError | None] = {}
        for world in dict.fromkeys(commit.world for commit in commits):
            places = [i for i, commit in enumerate(commits) if commit.world == world]
            own = self.append([commits[i] for i in places])
            results.update(zip(places, own, strict=True))
        return [results[i] for i in range(len(commits))]

    def _store(self, commits: Sequence[Commit]) -> None:
        stored = [
            StoredEvent(commit.world, position, name, data)
            for commit in commits
            for position, name, data in zip(
                range(commit.first, commit.last + 1), commit.names, commit.events, strict=True
            )
        ]
        self.check_place()
        try:
            self.recorder.insert_events(stored)
        except IntegrityError as error:
            taken = ", ".join(f"{c.world} at {c.first}" for c in commits)
            raise Conflict(f"a position is taken already, of: {taken}") from error
        except (Damaged, Unavailable):
            self._reopen()
            self._wal = None  # it is made anew with the connections
            raise
        self.check_place()
        self._wal = self._wal or Place([self._path.with_name(f"{self._path.name}-wal")])

    def close(self) -> None:
        self.recorder.datastore.close()


class SQLiteLogs(TenantFiles[_Tenant]):
    """The logs of all tenants below a folder, in `TENANT/log.sqlite`.

    `read_only` changes no byte of the folder, which may lie on a medium that cannot be written;
    a tenant without a log there is BadInput.
    """

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        opened = partial(_Tenant, read_only=read_only)
        super().__init__(folder, "log.sqlite", opened, read_only=read_only)


def log_in(path: Path) -> _Tenant:
    """Return the logs in one file, which may be a copy, to read; raise BadInput if it is none."""
    return _Tenant(path, read_only=True)
