"""The objects port in memory."""

from lqe.names import check_path, check_tenant


class _Tenant:
    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}

    def put(self, name: str, data: bytes) -> bool:
        if check_path(name) in self._objects:
            return False
        self._objects[name] = data
        return True

    def get(self, name: str) -> bytes | None:
        return self._objects.get(check_path(name))

    def names(self, prefix: str, after: str = "") -> list[str]:
        return sorted(n for n in self._objects if n.startswith(prefix) and n > after)


class MemoryObjects:
    """The objects of all tenants, in memory."""

    def __init__(self) -> None:
        self._tenants: dict[str, _Tenant] = {}

    def tenant(self, name: str) -> _Tenant:
        """Return the objects of one tenant."""
        return self._tenants.setdefault(check_tenant(name), _Tenant())
