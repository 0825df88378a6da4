"""The connections port in memory."""

from collections.abc import Sequence
from threading import Lock

import msgspec

from lqe.ports.push import Connection


class _Open(msgspec.Struct):
    """An open connection, and when its client was last heard."""

    connection: Connection
    heard_us: int


class MemoryConnections:
    """The connections of all worlds, in memory."""

    def __init__(self) -> None:
        self._worlds: dict[tuple[str, str], dict[str, _Open]] = {}
        self._lock = Lock()

    def of(self, tenant: str, world: str) -> Sequence[Connection]:
        """Return the connections of a world, in the order they came."""
        return [each.connection for each in self._of(tenant, world)]

    def add(self, connection: Connection, now_us: int) -> None:
        """Take in a connection that was just opened."""
        with self._lock:
            world = self._worlds.setdefault((connection.tenant, connection.world), {})
            world[connection.id] = _Open(connection, now_us)

    def remove(self, connection: Connection) -> None:
        """Forget a connection; one that is not known is forgotten already."""
        key = (connection.tenant, connection.world)
        with self._lock:
            world = self._worlds.get(key, {})
            world.pop(connection.id, None)
            if not world:
                self._worlds.pop(key, None)

    def heard(self, connection: Connection, now_us: int) -> None:
        """Note that a client is there."""
        known = self._worlds.get((connection.tenant, connection.world), {}).get(connection.id)
        if known is not None:
            known.heard_us = now_us

    def ask(self, connection: Connection) -> None:
        """Let the next thing that a fold tells a connection be its whole view."""
        self._mark(connection, asks=True)

    def answered(self, connection: Connection) -> None:
        """Note that a connection has its view."""
        self._mark(connection, asks=False)

    def _mark(self, connection: Connection, *, asks: bool) -> None:
        known = self._worlds.get((connection.tenant, connection.world), {}).get(connection.id)
        if known is not None:
            known.connection = msgspec.structs.replace(known.connection, asks=asks)

    def awake(self, tenant: str, world: str, since_us: int) -> bool:
        """Say whether anybody in a world was heard since then."""
        return any(each.heard_us >= since_us for each in self._of(tenant, world))

    def worlds(self) -> list[tuple[str, str]]:
        """Return tenant and name of the worlds that somebody is connected to."""
        return list(self._worlds)

    def _of(self, tenant: str, world: str) -> list[_Open]:
        return list(self._worlds.get((tenant, world), {}).values())
