"""Keeps what every world has used. Signals may come late, twice or not at all: totals only grow."""

import msgspec

from lqe.errors import Unavailable
from lqe.ports.bus import Published
from lqe.ports.documents import Documents
from lqe.projections.usage import Usage, usage_in
from lqe.signals import USAGE

_NAME = "usage"
_TRIES = 8


class Meter:
    """Merges the totals of usage signals into one document a world."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def handle(self, published: Published) -> None:
        """Take in a signal, if it is of usage."""
        if published.signal.name != USAGE:
            return
        new = usage_in(published.signal.data)
        documents = self._documents.tenant(published.tenant)
        for _ in range(_TRIES):
            stored = documents.get(published.world, _NAME)
            old = msgspec.json.decode(stored, type=Usage) if stored else Usage()
            merged = old.merged(new)
            if merged == old:
                return
            if documents.replace(published.world, _NAME, stored, msgspec.json.encode(merged)):
                return
        raise Unavailable(f"the usage of {published.tenant}#{published.world} is written by others")

    def usage(self, tenant: str, world: str) -> Usage:
        """Return what is known of a world's use."""
        stored = self._documents.tenant(tenant).get(world, _NAME)
        return msgspec.json.decode(stored, type=Usage) if stored else Usage()
