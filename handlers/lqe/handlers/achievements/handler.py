"""Keeps what players achieved, each award once, whatever comes twice."""

import msgspec

from lqe.ports.bus import Published
from lqe.ports.documents import Documents
from lqe.projections.achievements import Achievement, achievement_in

_FOLDER = "achievement/"


class Achievements:
    """Stores a document an award, under the place of its signal."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def handle(self, published: Published) -> None:
        """Take in a signal, if it is an award."""
        award = achievement_in(published)
        if award is None:
            return
        name = f"{_FOLDER}{award.position:016d}-{award.index:04d}"
        # A False means that it is there already: the same signal gives the same bytes.
        self._documents.tenant(published.tenant).replace(
            published.world, name, None, msgspec.json.encode(award)
        )

    def of(self, tenant: str, world: str) -> list[Achievement]:
        """Return the awards of a world, in the order of its log."""
        documents = self._documents.tenant(tenant)
        found = [documents.get(world, name) for name in documents.names(world, _FOLDER)]
        return [msgspec.json.decode(data, type=Achievement) for data in found if data]
