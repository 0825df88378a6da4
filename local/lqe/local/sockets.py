"""Open sockets of the embedded runtime, and pushing to them from any thread."""

import asyncio
import contextlib
import itertools
import secrets
from collections.abc import Callable

from lqe.adapters.memory import MemoryConnections
from lqe.ports.push import Connection

_QUEUE = 512


class Socket:
    """One open socket: whose it is, what waits to be sent, why it ends."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.outbox: asyncio.Queue[bytes] = asyncio.Queue(_QUEUE)
        self.closing = ""

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


class Sockets(MemoryConnections):
    """The connections and push ports over the sockets of this process.

    A socket can be sent to from `open` to `forget`; its connection is among those of its world from
    `add` to `remove`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sockets: dict[str, Socket] = {}
        self._process = secrets.token_hex(4)
        self._numbers = itertools.count(1)

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Name the loop in which sockets live."""
        self._loop = loop

    def open(self, tenant: str, world: str, player: str, session: str) -> Socket:
        """Return a new socket, under a connection id that no other has or had."""
        connection = Connection(
            f"{self._process}-{next(self._numbers)}", tenant, world, player, session
        )
        socket = self._sockets[connection.id] = Socket(connection)
        return socket

    def forget(self, socket: Socket) -> None:
        """Send nothing more to a socket; one that is not known is forgotten already."""
        self._sockets.pop(socket.connection.id, None)

    def send(self, connection: str, data: bytes) -> None:
        """Queue a message for a socket, from any thread; one that is gone gets nothing."""
        self._call(connection, lambda socket: socket.put(data))

    def close(self, connection: str, reason: str) -> None:
        """Let a socket be closed, from any thread, for a reason that its client is told."""
        self._call(connection, lambda socket: socket.end(reason))

    def _call(self, connection: str, do: Callable[[Socket], None]) -> None:
        socket = self._sockets.get(connection)
        if socket is not None and self._loop is not None and not self._loop.is_closed():
            # A loop that ends between the question and the call has no socket left to tell.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(do, socket)
