"""The cursor port over any documents: a world's cursor is its document `cursor`."""

import msgspec

from lqe.ports.cursors import Cursor
from lqe.ports.documents import Documents, TenantDocuments

_NAME = "cursor"
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Cursor).decode


class _Tenant:
    def __init__(self, documents: TenantDocuments) -> None:
        self._documents = documents

    def get(self, world: str) -> Cursor:
        return _cursor(self._documents.get(world, _NAME))

    def move(self, world: str, old: Cursor, new: Cursor) -> bool:
        # What is compared in the store is what was stored: an older version wrote fewer fields,
        # so the same cursor may have other bytes there than it would have now.
        stored = self._documents.get(world, _NAME)
        if _cursor(stored) != old:
            return False
        return self._documents.replace(world, _NAME, stored, _encode(new))


def _cursor(stored: bytes | None) -> Cursor:
    return Cursor() if stored is None else _decode(stored)


class DocumentCursors:
    """The cursors of all tenants, among their documents."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def tenant(self, name: str) -> _Tenant:
        """Return the cursors of one tenant."""
        return _Tenant(self._documents.tenant(name))
