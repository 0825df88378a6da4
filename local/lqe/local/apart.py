"""A worker's cursors: worlds that have to be tried alone are not for it, and it says so."""

from collections.abc import Callable

from msgspec.structs import replace

from lqe.ports.cursors import Cursor, Cursors, TenantCursors

from .link import Apart, Stands, ToServer

Say = Callable[[ToServer], None]


class _Tenant:
    def __init__(self, name: str, cursors: TenantCursors, say: Say, *, alone: bool) -> None:
        self._name = name
        self._cursors = cursors
        self._say = say
        self._alone = alone
        self._said: dict[str, str] = {}

    def get(self, world: str) -> Cursor:
        cursor = self._cursors.get(world)
        if cursor.quarantine:
            self._tell(world, cursor.quarantine, Stands(self._name, world, cursor.quarantine))
        elif cursor.stopped_by == "process" and not self._alone:
            self._tell(world, "alone", Apart(self._name, world))
            return replace(cursor, quarantine="it is tried alone first")
        else:
            self._said.pop(world, None)
        return cursor

    def _tell(self, world: str, what: str, message: ToServer) -> None:
        """Say it once, till something else is to be said."""
        if self._said.get(world) != what:
            self._said[world] = what
            self._say(message)

    def move(self, world: str, old: Cursor, new: Cursor) -> bool:
        moved = self._cursors.move(world, old, new)
        if moved and new.quarantine:
            self._said[world] = new.quarantine  # whoever moved it there says so
        return moved


class ApartCursors:
    """The cursors of all tenants, as a worker may use them that folds many worlds, or one `alone`.

    The server hears of each world that stands still or is to be tried alone, when it is met.
    """

    def __init__(self, cursors: Cursors, say: Say, *, alone: bool) -> None:
        self._cursors = cursors
        self._say = say
        self._alone = alone
        self._tenants: dict[str, _Tenant] = {}

    def tenant(self, name: str) -> _Tenant:
        """Return the cursors of one tenant."""
        if name not in self._tenants:
            cursors = self._cursors.tenant(name)
            self._tenants[name] = _Tenant(name, cursors, self._say, alone=self._alone)
        return self._tenants[name]
