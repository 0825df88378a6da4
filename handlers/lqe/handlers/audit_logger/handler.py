"""Keeps every signal of every world, once, in the order of its log: what happened, in words."""

import msgspec

from lqe.ports.bus import Published
from lqe.ports.documents import Documents

_FOLDER = "signal/"


class AuditLogger:
    """Stores a document a signal, under its place. The log proves; this is for reading."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def handle(self, published: Published) -> None:
        """Take in a signal."""
        name = f"{_FOLDER}{published.position:016d}-{published.index:04d}"
        # A False means that it is there already: the same signal gives the same bytes.
        self._documents.tenant(published.tenant).replace(
            published.world, name, None, msgspec.json.encode(published)
        )

    def of(self, tenant: str, world: str) -> list[Published]:
        """Return the signals of a world, in order."""
        documents = self._documents.tenant(tenant)
        found = [documents.get(world, name) for name in documents.names(world, _FOLDER)]
        return [msgspec.json.decode(data, type=Published) for data in found if data]
