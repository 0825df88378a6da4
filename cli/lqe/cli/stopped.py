"""A data folder over which no server runs: commands may write to it as a server would."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from lqe.adapters.clock import SystemClock
from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.files import FileObjects
from lqe.adapters.sqlite import SQLiteDocuments, SQLiteLogs
from lqe.closing import Close
from lqe.events import AnyEvent
from lqe.handlers.append.handler import Append
from lqe.local.ended_worlds import EndedWorlds, Stores
from lqe.local.lock import FolderInUse, FolderLock
from lqe.ports.intake import Message

from .data import no_such_world, tenants_in


class _Nobody:
    """The push port where nobody is connected."""

    def send(self, connection: str, data: bytes) -> None:
        raise NotImplementedError  # no message here has a sender

    def close(self, connection: str, code: Close, reason: str) -> None:
        raise NotImplementedError


class Stopped:
    """One tenant's share of a folder that is held as long as the block lasts."""

    def __init__(self, folder: Path, tenant: str) -> None:
        self.tenant = tenant
        self._folder = folder
        self.logs = SQLiteLogs(folder)
        self.documents = SQLiteDocuments(folder)
        self.objects = FileObjects(folder)
        self.cursors = DocumentCursors(self.documents)

    def check(self, world: str) -> None:
        """Raise unless there is a world of that name."""
        known = self.logs.tenant(self.tenant).worlds()
        if world not in known:
            raise no_such_world(world, known)

    def record(self, world: str, event: AnyEvent) -> None:
        """Append an event to a world's log; the next server folds it when it starts."""
        message = Message(id=secrets.token_hex(8), tenant=self.tenant, world=world, events=(event,))
        refused: list[BaseException] = []
        append = Append(
            self.logs, SystemClock(), _Nobody(), lambda _t, _w, error: refused.append(error)
        )
        if append.handle([message]).failed or refused:
            raise click.ClickException(
                f"the log of {self.tenant}/{world} cannot be written"
                + "".join(f": {error}" for error in refused)
            )

    @property
    def ended(self) -> EndedWorlds:
        """The worlds that are over, to be archived and deleted."""
        stores = Stores(self._folder, self.logs, self.objects, self.documents)
        return EndedWorlds(stores)

    def close(self) -> None:
        """Close the files."""
        self.logs.close()
        self.documents.close()


@contextmanager
def stopped(folder: Path, tenant: str, ask: str) -> Iterator[Stopped]:
    """Hold a folder while the block lasts; `ask` is the request for a server that holds it."""
    tenants_in(folder, tenant)
    try:
        lock = FolderLock(folder)
    except FolderInUse:
        raise click.ClickException(
            f"a server runs over {folder}: ask it with `{ask}` (docs/http.md), or stop it first"
        ) from None
    share = Stopped(folder, tenant)
    try:
        yield share
    finally:
        share.close()
        lock.release()
