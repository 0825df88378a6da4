"""One SQLite file a tenant, opened at its first use."""

from collections.abc import Callable
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from lqe.adapters.private import close_to_others, make_file, make_folder
from lqe.names import check_tenant

from .failures import told_apart


class Closable(Protocol):
    """What is kept of a tenant's open file."""

    def close(self) -> None:
        """Close the file."""


T = TypeVar("T", bound=Closable)


class TenantFiles(Generic[T]):
    """Handles by tenant, each over `FOLDER/TENANT/FILE`; `read_only` makes no folder for one."""

    def __init__(
        self, folder: Path, file: str, opened: Callable[[Path], T], *, read_only: bool
    ) -> None:
        self._folder = folder
        self._file = file
        self._opened = opened
        self._read_only = read_only
        self._tenants: dict[str, T] = {}

    def tenant(self, name: str) -> T:
        """Return a tenant's handle; raise BadInput for a name that is none."""
        known = self._tenants.get(name)
        if known is None:
            path = self._folder / check_tenant(name) / self._file
            if not self._read_only:
                with told_apart(path):
                    make_folder(path.parent)
                    close_to_others(path.parent)
                    # SQLite gives what it makes beside a file the permissions of that file.
                    make_file(path)
            known = self._tenants[name] = self._opened(path)
        return known

    def close(self) -> None:
        """Close every file."""
        for tenant in self._tenants.values():
            tenant.close()
        self._tenants.clear()
