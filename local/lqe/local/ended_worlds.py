"""Worlds that are over leave the data folder: into an archive, and out of the log for good."""

from pathlib import Path
from typing import Final

import msgspec

from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.files import FileObjects
from lqe.adapters.sqlite import SQLiteDocuments, SQLiteLogs
from lqe.adapters.sqlite.archive import Archive, write_archive
from lqe.errors import BadInput
from lqe.events import WorldClosed
from lqe.names import check_tenant, check_world
from lqe.ports.objects import archive_name, snapshots_of

_CLOSED: Final = str(WorldClosed.__struct_config__.tag)
# Of a long log so many events at a time: commits of other worlds go in between.
_AT_ONCE: Final = 5_000


def archive_of(folder: Path, tenant: str, world: str) -> Path:
    """Return where a world's archive is kept in a data folder."""
    return folder / archive_name(check_tenant(tenant), check_world(world))


class Stores(msgspec.Struct, frozen=True):
    """What a data folder holds."""

    folder: Path
    logs: SQLiteLogs
    objects: FileObjects
    documents: SQLiteDocuments


class EndedWorlds:
    """Archives and deletes worlds of a data folder that are closed."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def is_closed(self, tenant: str, world: str) -> bool:
        """Say whether a world has ended, also if that was not folded yet."""
        # Not those of the server, which remember what they saw and are of one thread.
        cursor = DocumentCursors(self._stores.documents).tenant(tenant).get(world)
        if cursor.closed_us:
            return True
        log = self._stores.logs.tenant(tenant).world(world)
        return any(record.name == _CLOSED for record in log.read(cursor.position + 1))

    def archive(self, tenant: str, world: str) -> Path:
        """Write a closed world into one file, and return where; raise BadInput if it goes on."""
        self._check_closed(tenant, world)
        path = archive_of(self._stores.folder, tenant, world)
        log = self._stores.logs.tenant(tenant).world(world)
        write_archive(path, tenant, world, log, self._stores.objects.tenant(tenant))
        kept = Archive(path)
        try:
            if kept.head() < log.head():
                raise BadInput(f"{path} ends at {kept.head()}, the log at {log.head()}: try again")
        finally:
            kept.close()
        return path

    def delete(self, tenant: str, world: str) -> None:
        """Take a closed world out of the folder; its name stays taken. BadInput if it goes on."""
        self._check_closed(tenant, world)
        self._stores.logs.tenant(tenant).delete(world)
        self.purge(tenant)

    def purge(self, tenant: str) -> None:
        """Take out what is left of deleted worlds, also of a deletion that was cut short."""
        log, objects = self._stores.logs.tenant(tenant), self._stores.objects.tenant(tenant)
        for world in log.deleted.left:
            self._stores.documents.tenant(tenant).remove(world)
            for name in objects.names(snapshots_of(world)):
                objects.remove(name)
        while not log.purge(_AT_ONCE):
            pass

    def _check_closed(self, tenant: str, world: str) -> None:
        if not self.is_closed(tenant, world):
            raise BadInput(f"{tenant}/{world} goes on: close it first (`ledgerquest world close`)")
