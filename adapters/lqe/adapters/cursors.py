"""The cursor port over any documents: a world's cursor is its document `cursor`."""

import msgspec

from lqe.ports.cursors import Cursor
from lqe.ports.documents import Documents, TenantDocuments

_NAME = "cursor"
_REMEMBERED = 10_000
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Cursor).decode


class _Tenant:
    def __init__(self, documents: TenantDocuments) -> None:
        self._documents = documents
        # What is compared in the store is what was stored: an older version wrote fewer fields,
        # so the same cursor may have other bytes there than it would have now.
        self._stored: dict[str, tuple[Cursor, bytes | None]] = {}

    def get(self, world: str) -> Cursor:
        stored = self._documents.get(world, _NAME)
        cursor = Cursor() if stored is None else _decode(stored)
        self._remember(world, cursor, stored)
        return cursor

    def move(self, world: str, old: Cursor, new: Cursor) -> bool:
        if self._stored.get(world, (None, None))[0] != old and self.get(world) != old:
            return False
        stored = self._stored.pop(world)[1]
        data = _encode(new)
        if not self._documents.replace(world, _NAME, stored, data):
            return False
        self._remember(world, new, data)
        return True

    def _remember(self, world: str, cursor: Cursor, stored: bytes | None) -> None:
        if len(self._stored) >= _REMEMBERED:
            self._stored.clear()
        self._stored[world] = (cursor, stored)


class DocumentCursors:
    """The cursors of all tenants, among their documents."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._tenants: dict[str, _Tenant] = {}

    def tenant(self, name: str) -> _Tenant:
        """Return the cursors of one tenant."""
        if name not in self._tenants:
            self._tenants[name] = _Tenant(self._documents.tenant(name))
        return self._tenants[name]
