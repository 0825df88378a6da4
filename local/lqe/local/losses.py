"""A log that lost its end goes on from what is left of it, once an operator has said so."""

from pathlib import Path

import msgspec

from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.files import FileObjects
from lqe.adapters.sqlite import SQLiteDocuments, SQLiteLogs
from lqe.errors import BadInput
from lqe.ports.cursors import Cursor
from lqe.ports.objects import snapshots_of

from .lock import FolderLock


class Loss(msgspec.Struct, frozen=True):
    """Where a log ends, and up to where its positions were given out."""

    head: int
    given: int


def accept_loss(folder: Path, tenant: str, world: str) -> Loss | None:
    """Take what is left of a log for the whole of it; None if nothing of it is missing.

    What was made of the lost part goes too: snapshots are made again, and effects happen again from
    the first event. Raises FolderInUse while a server runs, BadInput if there is no such world.
    """
    lock = FolderLock(folder)
    logs, documents = SQLiteLogs(folder), SQLiteDocuments(folder)
    try:
        if world not in logs.tenant(tenant).worlds():
            raise BadInput(f"{folder} has no world {world!r} of tenant {tenant!r}")
        found = logs.tenant(tenant).accept_loss(world)
        if found is None:
            return None
        objects = FileObjects(folder).tenant(tenant)
        for name in objects.names(snapshots_of(world)):
            objects.remove(name)
        cursors = DocumentCursors(documents).tenant(tenant)
        cursors.move(world, cursors.get(world), Cursor())
        return Loss(*found)
    finally:
        logs.close()
        documents.close()
        lock.release()
