"""Open sockets of the embedded runtime, and pushing to them from any thread."""

import asyncio
import itertools
import time
from collections.abc import Sequence

from lqe.ports.push import Connection

_QUEUE = 512
_IDLE_S = 60.0


class Socket:
    """One open socket: whose it is, what waits to be sent, when its player was last heard."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.outbox: asyncio.Queue[bytes] = asyncio.Queue(_QUEUE)
        self.heard_s = time.monotonic()
        self.closing = ""

    def heard(self) -> None:
        """Note that the client is there."""
        self.heard_s = time.monotonic()

    def put(self, data: bytes) -> None:
        """Queue a message; a client that does not read is marked, to be closed."""
        try:
            self.outbox.put_nowait(data)
        except asyncio.QueueFull:
            self.closing = "this client does not read what it is sent"

    def end(self, reason: str) -> None:
        """Let the connection be closed, for a reason that the client is told."""
        self.closing = reason
        self.put(b"")


class Sockets:
    """The connections and push ports over the sockets of this process."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sockets: dict[str, Socket] = {}
        self._numbers = itertools.count(1)

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Name the loop in which sockets live."""
        self._loop = loop

    def open(self, tenant: str, world: str, player: str, session: str) -> Socket:
        """Take in a new socket; an older one of the same session is closed."""
        for old in self.of_session(tenant, world, player, session):
            old.end("a newer connection took this session over")
        connection = Connection(f"c{next(self._numbers)}", tenant, world, player, session)
        socket = self._sockets[connection.id] = Socket(connection)
        return socket

    def of_session(self, tenant: str, world: str, player: str, session: str) -> list[Socket]:
        """Return the open sockets of a session."""
        whose = (tenant, world, player, session)
        return [
            s
            for s in self._sockets.values()
            if whose
            == (s.connection.tenant, s.connection.world, s.connection.player, s.connection.session)
        ]

    def close(self, socket: Socket) -> None:
        """Forget a socket."""
        self._sockets.pop(socket.connection.id, None)

    def of(self, tenant: str, world: str) -> Sequence[Connection]:
        """Return the connections of a world, in the order they came."""
        every = list(self._sockets.values())
        return [
            s.connection
            for s in every
            if (s.connection.tenant, s.connection.world) == (tenant, world)
        ]

    def awake(self) -> list[tuple[str, str]]:
        """Return the worlds in which somebody was heard within the last minute."""
        floor = time.monotonic() - _IDLE_S
        worlds = {
            (s.connection.tenant, s.connection.world): None
            for s in list(self._sockets.values())
            if s.heard_s >= floor
        }
        return list(worlds)

    def send(self, connection: str, data: bytes) -> None:
        """Queue a message for a socket, from any thread; one that is gone gets nothing."""
        socket = self._sockets.get(connection)
        if socket is not None and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(socket.put, data)
