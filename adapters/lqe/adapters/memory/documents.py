"""The documents port in memory."""

from threading import Lock

from lqe.names import check_path, check_tenant, check_world


class _Tenant:
    def __init__(self) -> None:
        self._documents: dict[tuple[str, str], bytes] = {}
        self._lock = Lock()

    def get(self, world: str, name: str) -> bytes | None:
        return self._documents.get((check_world(world), check_path(name)))

    def replace(self, world: str, name: str, old: bytes | None, new: bytes) -> bool:
        with self._lock:
            if self.get(world, name) != old:
                return False
            self._documents[world, name] = new
            return True

    def names(self, world: str, prefix: str = "") -> list[str]:
        check_world(world)
        with self._lock:
            return sorted(n for w, n in self._documents if w == world and n.startswith(prefix))


class MemoryDocuments:
    """The documents of all tenants, in memory."""

    def __init__(self) -> None:
        self._tenants: dict[str, _Tenant] = {}

    def tenant(self, name: str) -> _Tenant:
        """Return the documents of one tenant."""
        return self._tenants.setdefault(check_tenant(name), _Tenant())
