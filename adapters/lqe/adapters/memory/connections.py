"""The connections port in memory."""

from collections.abc import Sequence
from threading import Lock

from msgspec.structs import replace

from lqe.ports.push import Connection


class _World:
    """The open connections of one world, each with when its client was last heard."""

    def __init__(self) -> None:
        self.open: dict[str, Connection] = {}
        self.heard_us: dict[str, int] = {}
        self.listed: Sequence[Connection] = ()

    def changed(self) -> None:
        self.listed = tuple(self.open.values())


class MemoryConnections:
    """The connections of all worlds, in memory."""

    def __init__(self) -> None:
        self._worlds: dict[tuple[str, str], _World] = {}
        self._lock = Lock()

    def of(self, tenant: str, world: str) -> Sequence[Connection]:
        """Return the connections of a world, in the order they came.

        The same object as long as they are the same connections.
        """
        known = self._worlds.get((tenant, world))
        return known.listed if known else ()

    def add(self, connection: Connection, now_us: int) -> None:
        """Take in a connection that was just opened."""
        with self._lock:
            world = self._worlds.setdefault((connection.tenant, connection.world), _World())
            world.open[connection.id] = connection
            world.heard_us[connection.id] = now_us
            world.changed()

    def remove(self, connection: Connection) -> None:
        """Forget a connection; one that is not known is forgotten already."""
        key = (connection.tenant, connection.world)
        with self._lock:
            world = self._worlds.get(key)
            if world is None or world.open.pop(connection.id, None) is None:
                return
            del world.heard_us[connection.id]
            world.changed()
            if not world.open:
                del self._worlds[key]

    def heard(self, connection: Connection, now_us: int) -> bool:
        """Note that a client is there, and say whether it is known."""
        known = self._worlds.get((connection.tenant, connection.world))
        if known is None or connection.id not in known.heard_us:
            return False
        known.heard_us[connection.id] = now_us
        return True

    def ask(self, connection: Connection) -> None:
        """Let the next thing that a fold tells a connection be its whole view."""
        self._mark(connection, asks=True)

    def answered(self, connection: Connection) -> None:
        """Note that a connection has its view."""
        self._mark(connection, asks=False)

    def _mark(self, connection: Connection, *, asks: bool) -> None:
        with self._lock:
            world = self._worlds.get((connection.tenant, connection.world))
            known = world.open.get(connection.id) if world else None
            if world is not None and known is not None:
                world.open[connection.id] = replace(known, asks=asks)
                world.changed()

    def awake(self, tenant: str, world: str, since_us: int) -> bool:
        """Say whether anybody in a world was heard since then."""
        known = self._worlds.get((tenant, world))
        return known is not None and any(at >= since_us for at in list(known.heard_us.values()))

    def worlds(self) -> list[tuple[str, str]]:
        """Return tenant and name of the worlds that somebody is connected to."""
        return list(self._worlds)
