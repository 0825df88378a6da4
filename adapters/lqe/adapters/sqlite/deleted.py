"""Worlds that were deleted: nothing of them is left, and their names stay taken.

Whoever has a receipt of one must not find it good for another world of that name.
"""

from typing import Final

from eventsourcing.sqlite import SQLiteDatastore

_IS_KEPT: Final = "SELECT 1 FROM sqlite_master WHERE type='table' AND name='deleted_worlds'"
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS deleted_worlds (name TEXT PRIMARY KEY, head INTEGER NOT NULL, "
    "is_left INTEGER NOT NULL)"
)
_ALL: Final = "SELECT name, is_left FROM deleted_worlds"
_ADD: Final = "INSERT INTO deleted_worlds (name, head, is_left) VALUES (?, ?, 1)"
_TAKE: Final = (
    "DELETE FROM stored_events WHERE originator_id=? AND originator_version IN "
    "(SELECT originator_version FROM stored_events WHERE originator_id=? LIMIT ?)"
)
_DONE: Final = "UPDATE deleted_worlds SET is_left=0 WHERE name=?"


class Deleted:
    """The names of a tenant's deleted worlds, beside the logs of the others."""

    def __init__(self, datastore: SQLiteDatastore) -> None:
        self._datastore = datastore
        with datastore.transaction(commit=False) as cursor:
            cursor.execute(_IS_KEPT)
            is_kept = cursor.fetchone() is not None
            if is_kept:
                cursor.execute(_ALL)
            found = [tuple(row) for row in cursor.fetchall()] if is_kept else []
        self._names = {name for name, _ in found}
        self._left = {name for name, is_left in found if is_left}

    def __contains__(self, world: object) -> bool:
        return world in self._names

    @property
    def left(self) -> list[str]:
        """The worlds whose events are not all taken out yet."""
        return sorted(self._left)

    def add(self, world: str, head: int) -> None:
        """Delete a world whose log ends at `head`: from now on it is not there."""
        with self._datastore.transaction(commit=True) as cursor:
            cursor.execute(_TABLE)
            cursor.execute(_ADD, (world, head))
        self._names.add(world)
        self._left.add(world)

    def take(self, world: str, most: int) -> bool:
        """Take out some of a deleted world's events; say whether none is left."""
        with self._datastore.transaction(commit=True) as cursor:
            cursor.execute(_TAKE, (world, world, most))
            cursor.execute("SELECT changes()")
            is_done = bool(cursor.fetchone()[0] < most)
            if is_done:
                cursor.execute(_DONE, (world,))
        if is_done:
            self._left.discard(world)
        return is_done
