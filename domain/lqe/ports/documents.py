"""The documents port: small things kept about a world beside its log, each replaced at once."""

from typing import Protocol


class TenantDocuments(Protocol):
    """One tenant's documents, by world and name; names are paths of safe characters."""

    def get(self, world: str, name: str) -> bytes | None:
        """Return the document as it is now, never an older one; None if there is none."""

    def replace(self, world: str, name: str, old: bytes | None, new: bytes) -> bool:
        """Put `new` in the place of `old` (None: of nothing); say False if something else is there.

        After an Unavailable it may have happened; a second try then says False.
        """

    def names(self, world: str, prefix: str = "") -> list[str]:
        """Return the names of a world's documents that start with `prefix`, sorted."""


class Documents(Protocol):
    """The way in: a handle for one tenant."""

    def tenant(self, name: str) -> TenantDocuments:
        """Return the documents of one tenant."""
