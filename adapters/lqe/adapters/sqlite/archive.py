"""A world in one file: its log, the code that it names, the snapshots that were kept of it.

An SQLite file of three tables, so that whoever finds one in ten years can read it with what is at
hand. It is written beside its name and takes it when it is whole.
"""

import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from secrets import token_hex
from typing import Final

from lqe.adapters.private import make_file, make_folder
from lqe.codec import Codec
from lqe.errors import BadInput, Unavailable
from lqe.events import ScenarioUpgraded, ScenarioUpgradedV1, WorldOpened, event_name
from lqe.ports.log import Record, WorldLog
from lqe.ports.objects import TenantObjects, snapshots_of, source_name

from .failures import told_apart
from .reading import ReadOnlyFile

_TABLES: Final = """
CREATE TABLE about (tenant TEXT, world TEXT);
CREATE TABLE events (position INTEGER PRIMARY KEY, name TEXT, body BLOB);
CREATE TABLE objects (name TEXT PRIMARY KEY, body BLOB);
"""
_READ: Final = "SELECT position, name, body FROM events WHERE position>=? AND position<? ORDER BY 1"
_END: Final = 1 << 62
# The events that name code.
_NAMING: Final = frozenset(
    str(kind.__struct_config__.tag) for kind in (WorldOpened, ScenarioUpgradedV1, ScenarioUpgraded)
)


def write_archive(
    path: Path, tenant: str, world: str, log: WorldLog, objects: TenantObjects
) -> None:
    """Write a world's archive, in place of an older one of that name."""
    make_folder(path.parent)
    part = path.with_name(f".{path.name}.{token_hex(6)}")
    try:
        with told_apart(path):
            make_file(part)
            connection = sqlite3.connect(part)
            try:
                _fill(connection, tenant, world, log, objects)
            finally:
                connection.close()
            part.rename(path)
            folder = os.open(path.parent, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)
    finally:
        part.unlink(missing_ok=True)


def _fill(
    connection: sqlite3.Connection, tenant: str, world: str, log: WorldLog, objects: TenantObjects
) -> None:
    connection.executescript(_TABLES)
    connection.execute("INSERT INTO about VALUES (?, ?)", (tenant, world))
    digests: dict[str, None] = {}
    events = (_noted(record, digests) for record in log.read())
    connection.executemany("INSERT INTO events VALUES (?, ?, ?)", events)
    named = [*map(source_name, digests), *objects.names(snapshots_of(world))]
    found = ((name, data) for name in named if (data := objects.get(name)) is not None)
    connection.executemany("INSERT INTO objects VALUES (?, ?)", found)
    connection.commit()


def _noted(record: Record, digests: dict[str, None]) -> tuple[int, str, bytes]:
    """Return a record as a row, with the code noted that it names."""
    if record.name in _NAMING:
        event = Codec().decode(record.data)
        assert isinstance(event, WorldOpened | ScenarioUpgradedV1), event_name(event)
        digests[event.scenario] = None
    return record.position, record.name, record.data


class Archive:
    """An archive that was written before: the log and the objects ports, to read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with told_apart(path):
            self._connection = ReadOnlyFile(path).connect()
        try:
            ((tenant, name),) = self._rows("SELECT tenant, world FROM about")
        except (sqlite3.DatabaseError, ValueError) as error:
            raise BadInput(f"{path} is no archive of a world: {error}") from None
        self.tenant, self.name = str(tenant), str(name)

    def _rows(self, question: str, *values: object) -> Iterable[tuple[object, ...]]:
        return self._connection.execute(question, values)

    def head(self) -> int:
        """Return the last position."""
        ((head,),) = self._asked("SELECT MAX(position) FROM events")
        return -1 if head is None else int(str(head))

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Record]:
        """Yield the records from `start` up to, not including, `stop`."""
        for position, name, body in self._asked(_READ, start, _END if stop is None else stop):
            if not isinstance(position, int) or not isinstance(body, bytes):
                raise BadInput(f"{self._path} holds something that is no event at {position!r}")
            yield Record(position, str(name), body)

    def places(self, messages: Collection[str]) -> Mapping[str, int]:  # noqa: ARG002
        """Return nothing: what is archived gets no more messages."""
        return {}

    def put(self, name: str, data: bytes) -> bool:  # noqa: ARG002
        """Raise Unavailable: an archive is not written to."""
        raise Unavailable(f"{name} is not stored: {self._path} is an archive")

    def get(self, name: str) -> bytes | None:
        """Return an object's bytes, or None."""
        for (body,) in self._asked("SELECT body FROM objects WHERE name=?", name):
            return body if isinstance(body, bytes) else None
        return None

    def names(self, prefix: str, after: str = "") -> list[str]:
        """Return the names of objects that start with `prefix` and sort after `after`."""
        found = (str(name) for (name,) in self._asked("SELECT name FROM objects ORDER BY name"))
        return [name for name in found if name.startswith(prefix) and name > after]

    def _asked(self, question: str, *values: object) -> Iterator[tuple[object, ...]]:
        with told_apart(self._path):
            yield from self._rows(question, *values)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
