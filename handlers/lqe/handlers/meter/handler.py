"""Keeps what every world has used. Signals may come late, twice or not at all: the latest counts.

A document a month and world. Statements are made from the log: where these are at hand, only what
came after them is read, and without them all of it.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from lqe.errors import Unavailable
from lqe.ports.bus import Published
from lqe.ports.documents import Documents, TenantDocuments
from lqe.projections.months import Month, month_of
from lqe.projections.usage import Counted, usage_in
from lqe.signals import USAGE
from lqe.usage import Usage

_NAME: Final = "usage"
_TRIES: Final = 8
_decode = msgspec.json.Decoder(Usage).decode


class Meter:
    """Keeps the latest totals of each month that usage signals tell."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def handle(self, published: Published) -> None:
        """Take in a signal, if it is of usage."""
        if published.signal.name != USAGE:
            return
        new = usage_in(published.signal.data)
        if not new.bytes:
            return  # of an engine that did not count all of them; the world's next signal has all
        name = f"{_NAME}/{month_of(new.at_us)}"
        documents = self._documents.tenant(published.tenant)
        for _ in range(_TRIES):
            stored = documents.get(published.world, name)
            old = _decode(stored) if stored else Usage()
            latest = old.later(new)
            if latest == old:
                return
            if documents.replace(published.world, name, stored, msgspec.json.encode(latest)):
                return
        raise Unavailable(f"the usage of {published.tenant}#{published.world} is written by others")

    def usage(self, tenant: str, world: str) -> Usage:
        """Return what is known of a world's use."""
        documents = self._documents.tenant(tenant)
        # Months sort by their names, and behind the one document that older engines kept.
        return _last(documents, world, documents.names(world, _NAME))

    def of(self, tenant: str) -> Counted:
        """Return what tells how much of a tenant's worlds was counted in the months before one."""
        documents = self._documents.tenant(tenant)

        def counted(world: str, month: Month) -> Usage:
            names = documents.names(world, f"{_NAME}/")
            return _last(documents, world, [n for n in names if n < f"{_NAME}/{month}"])

        return counted


def _last(documents: TenantDocuments, world: str, names: Sequence[str]) -> Usage:
    stored = documents.get(world, names[-1]) if names else None
    return _decode(stored) if stored else Usage()
