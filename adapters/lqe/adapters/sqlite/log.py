"""The log port over the `eventsourcing` library's SQLite recorder: one file a tenant.

A world is an originator, a position its version. The library opens the file in write-ahead mode;
here every commit is also synced to disk before `append` returns, gaps are refused, which the
recorder itself would accept, and the end of each log is kept apart from the file.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from eventsourcing.persistence import IntegrityError, StoredEvent

from lqe.adapters.places import Place
from lqe.errors import (
    BadInput,
    Conflict,
    Damaged,
    Gap,
    LedgerQuestError,
    Quarantine,
    Unavailable,
    WorldDeleted,
)
from lqe.names import check_world
from lqe.ports.log import Commit, Record

from .deleted import Deleted
from .heads import Head, Heads
from .reading import ReadOnlyFile
from .recorder import HAS, Datastore, GaplessRecorder, ReadingPool, SyncedPool
from .tenants import TenantFiles

_PAGE = 5_000
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


class _World:
    def __init__(self, recorder: GaplessRecorder, name: str, end: "_End") -> None:
        self._recorder = recorder
        self._name = name
        self._end = end

    def head(self) -> int:
        if self._name in self._recorder.deleted:
            return -1
        with self._recorder.datastore.transaction(commit=False) as cursor:
            cursor.execute(_HEAD, (self._name,))
            (found,) = cursor.fetchone()
        head = -1 if found is None else int(found)
        self._end.check(self._name, head, self.read)
        return head

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Record]:
        if self._name in self._recorder.deleted:
            return
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


class _End:
    """Knows how far positions were given out, and holds the logs to it."""

    def __init__(self, path: Path) -> None:
        self._tenant = path.parent.name
        self._file = f"{self._tenant}/{path.name}"
        self._checked: set[str] = set()
        self.heads = Heads(path.with_suffix(".heads"))
        self.problem = ""

    def check(
        self, world: str, head: int, read: Callable[[int, int | None], Iterator[Record]]
    ) -> None:
        """Raise Quarantine if a log has lost what was given out; once is enough in a process."""
        given = self.heads.get(world)
        if given is None or world in self._checked:
            return
        what = ""
        if head < given.position:
            what = f"ends at position {head}, and all up to {given.position} was given out"
        for record in read(given.position, given.position + 1):
            if Head.of(record.position, record.data) != given:
                what = f"has another event at position {given.position} than was given out"
        if what:
            raise Quarantine(
                f"the log of {world} in {self._file} {what}: put a copy of the file that has it in "
                "its place; or, if there is none, stop the server and go on without what is lost "
                f"by `ledgerquest accept-loss DATA --tenant {self._tenant} --world {world}`"
            )
        self._checked.add(world)

    def note(self, commits: Sequence[Commit]) -> None:
        """Write down where logs end now. What is stored is stored, also if this cannot be."""
        try:
            for world, commit in {commit.world: commit for commit in commits}.items():
                self.heads.note(world, Head.of(commit.last, commit.events[-1]))
            self.problem = ""
        except OSError as error:
            self.problem = (
                f"the ends of the logs in {self._file} cannot be written down "
                f"({error.strerror}): a damaged write-ahead log might go unnoticed"
            )


class _Tenant:
    def __init__(self, path: Path, *, read_only: bool) -> None:
        self._path = path
        self._file = ReadOnlyFile(path) if read_only else None
        self.recorder = GaplessRecorder(Datastore(path, self._file))
        self._place = Place([path])
        self._wal: Place | None = None
        self.end = _End(path)
        self._reopen()
        if read_only:
            self._check()
        else:
            self.recorder.create_table()
        self.deleted = Deleted(self.recorder.datastore)
        self.recorder.deleted = self.deleted

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
            ReadingPool(self._file)
            if self._file is not None
            else SyncedPool(db_name=str(self._path))
        )

    def _check(self) -> None:
        """Raise BadInput if the file holds no log."""
        try:
            with self.recorder.datastore.transaction(commit=False) as cursor:
                cursor.execute(HAS, ("", 0))
        except (Damaged, Unavailable) as error:
            raise BadInput(f"expected a log.sqlite that is whole: {error}") from error

    def world(self, name: str) -> _World:
        return _World(self.recorder, check_world(name), self.end)

    def worlds(self) -> list[str]:
        with self.recorder.datastore.transaction(commit=False) as cursor:
            cursor.execute(_WORLDS)
            stored = [row[0] for row in cursor.fetchall()]
        # One whose log is gone altogether is not forgotten either.
        found = {*stored, *self.end.heads.worlds()}
        return sorted(world for world in found if world not in self.deleted)

    def delete(self, world: str) -> None:
        """Let a world be there no more, and its name stay taken; `purge` takes out its events."""
        self.deleted.add(check_world(world), self.world(world).head())

    def purge(self, most: int) -> bool:
        """Take out at most so many events of deleted worlds; say whether none is left."""
        for world in self.deleted.left[:1]:
            self.end.heads.forget(world)
            self.deleted.take(world, most)
        return not self.deleted.left

    def accept_loss(self, world: str) -> tuple[int, int] | None:
        """Take a log as it is for the whole; return where it ends and did, None if it is whole."""
        given = self.end.heads.get(world)
        try:
            self.world(world).head()
        except Damaged:
            raise
        except Quarantine:
            assert given is not None
            self.end.heads.forget(world)
            return self.world(world).head(), given.position
        return None

    def append(self, commits: Sequence[Commit]) -> list[LedgerQuestError | None]:
        """Store all commits in one transaction; if one is refused, those of each world in one."""
        try:
            self._store(commits)
        except (Damaged, Unavailable) as error:
            return [error] * len(commits)
        except (Conflict, Gap, Quarantine, WorldDeleted) as error:
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
        for commit in commits:
            given = self.end.heads.get(commit.world)
            if given is not None and commit.first <= given.position:
                self.world(commit.world).head()  # says whether it was lost, else it is taken
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
        self.end.note(commits)
        self._wal = self._wal or Place([self._path.with_name(f"{self._path.name}-wal")])

    def close(self) -> None:
        self.end.heads.close()
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
