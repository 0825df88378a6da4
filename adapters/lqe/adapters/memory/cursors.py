"""The cursor port in memory."""

from threading import Lock

from lqe.names import check_tenant
from lqe.ports.cursors import Cursor


class _Tenant:
    def __init__(self) -> None:
        self._cursors: dict[str, Cursor] = {}
        self._lock = Lock()

    def get(self, world: str) -> Cursor:
        return self._cursors.get(world, Cursor())

    def move(self, world: str, old: Cursor, new: Cursor) -> bool:
        with self._lock:
            if self.get(world) != old:
                return False
            self._cursors[world] = new
            return True


class MemoryCursors:
    """The cursors of all tenants, in memory."""

    def __init__(self) -> None:
        self._tenants: dict[str, _Tenant] = {}

    def tenant(self, name: str) -> _Tenant:
        """Return the cursors of one tenant."""
        return self._tenants.setdefault(check_tenant(name), _Tenant())
