"""The objects port: immutable bytes by name (snapshots, scenario sources), in a tenant's scope."""

from typing import Protocol


class TenantObjects(Protocol):
    """The objects of one tenant; names are paths of safe characters."""

    def put(self, name: str, data: bytes) -> bool:
        """Store durably unless the name is taken; say whether it was free."""

    def get(self, name: str) -> bytes | None:
        """Return an object's bytes, or None."""

    def names(self, prefix: str, after: str = "") -> list[str]:
        """Return the names that start with `prefix` and sort after `after`, sorted."""


class Objects(Protocol):
    """The way in: a handle for one tenant."""

    def tenant(self, name: str) -> TenantObjects:
        """Return the objects of one tenant."""


def snapshot_name(world: str, tick: int) -> str:
    """Return the name of a world's snapshot; names sort as their ticks do."""
    return f"snapshots/{world}/{tick:016d}"


def snapshots_of(world: str) -> str:
    """Return what the names of a world's snapshots begin with."""
    return f"snapshots/{world}/"


def archive_name(tenant: str, world: str) -> str:
    """Return where the archive of a world lies in a data folder."""
    return f"{tenant}/archives/{world}.archive"


def source_name(digest: str) -> str:
    """Return the name of a scenario's source."""
    return f"scenarios/{digest}"
