"""Open sockets of the embedded runtime: what comes in, and what goes out to which of them."""

import asyncio
import itertools
import secrets
from collections.abc import Callable, Sequence
from time import monotonic

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport

from lqe.adapters.memory import MemoryConnections
from lqe.ports.push import Connection
from lqe.wire import MAX_FRAME_BYTES

# What may wait for a client that does not read, besides what the system buffers, in bytes.
MOST_UNREAD = 256 * 1024
_PAUSE_S = 0.25
_MOST_STRIKES = 1_000
# A second's control frames and parts of messages; whole messages are counted by whose they are.
_MOST_PARTS = 200
_TEXT = WSMsgType.TEXT
Received = Callable[["Socket", bytes], bool]


class Socket(WSListener):
    """One open socket: whose it is, and whether its client keeps up.

    `received` is called with each message and says whether it was a good one; `gone` once, when
    the socket has ended; `caught_up` when a client that was behind reads again.
    """

    def __init__(
        self,
        connection: Connection,
        received: Received,
        opened: Callable[["Socket"], None],
        gone: Callable[["Socket"], None],
        caught_up: Callable[["Socket"], None],
    ) -> None:
        self.connection = connection
        self.behind = False
        self._received = received
        self._opened = opened
        self._gone = gone
        self._caught_up = caught_up
        self._transport: WSTransport | None = None
        self._parts = bytearray()
        self._in_parts = False
        self._strikes = 0
        self._full = False
        self._over = self._rests = False
        self._counted = 0
        self._counts_until = 0.0

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Take the socket in."""
        self._transport = transport
        self._opened(self)

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002 - there is one
        """Let the socket go."""
        self._transport = None
        self._gone(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Take in a frame; parts of a message are put together first."""
        kind = frame.msg_type
        if self._over:
            return
        if not frame.fin or kind not in (WSMsgType.TEXT, WSMsgType.BINARY):
            self._count()
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            self._end(WSCloseCode.PROTOCOL_ERROR, "no extension was agreed on")
        elif kind in (WSMsgType.TEXT, WSMsgType.BINARY):
            if self._in_parts:
                self._end(WSCloseCode.PROTOCOL_ERROR, "a message began within another")
            elif frame.fin:
                self._take(frame.get_payload_as_bytes())
            else:
                self._in_parts = True
                self._parts += frame.get_payload_as_memoryview()
        elif kind == WSMsgType.CONTINUATION:
            self._go_on(frame)
        elif kind == WSMsgType.CLOSE:
            self._end(WSCloseCode.OK, "")
        elif kind == WSMsgType.PING and not self._full:
            # Whoever does not read gets no pongs either: they would pile up without end.
            transport.send_pong(frame.get_payload_as_bytes())

    def _count(self) -> None:
        """Count what costs its sender nothing; nobody else is to wait for a flood of it."""
        now = monotonic()
        if now >= self._counts_until:
            self._counts_until, self._counted = now + 1.0, 0
        self._counted += 1
        if self._counted > _MOST_PARTS:
            self.rest()

    def _go_on(self, frame: WSFrame) -> None:
        if not self._in_parts:
            self._end(WSCloseCode.PROTOCOL_ERROR, "a message goes on that never began")
            return
        self._parts += frame.get_payload_as_memoryview()
        if len(self._parts) > MAX_FRAME_BYTES:
            self._end(WSCloseCode.MESSAGE_TOO_BIG, f"a message has at most {MAX_FRAME_BYTES} bytes")
        elif frame.fin:
            data = bytes(self._parts)
            self._parts.clear()
            self._in_parts = False
            self._take(data)

    def _take(self, data: bytes) -> None:
        if self._received(self, data):
            self._strikes = 0
            return
        self._strikes += 1
        if self._strikes >= _MOST_STRIKES:
            self._end(WSCloseCode.POLICY_VIOLATION, f"{_MOST_STRIKES} bad messages in a row")

    def send(self, data: bytes) -> None:
        """Send a message; a client that lets too many wait is closed."""
        transport = self._transport
        if transport is None:
            return
        if self._full and transport.underlying_transport.get_write_buffer_size() > MOST_UNREAD:
            self._abort()
            return
        transport.send(_TEXT, data)

    def show(self, data: bytes) -> None:
        """Send a view; a client that was behind is up to date with it."""
        if self._full:
            return  # it gets another one when it reads again
        self.behind = False
        self.send(data)

    def spread(self, data: bytes) -> bool:
        """Send a delta, unless the client is behind; say whether it was sent."""
        if self.behind or self._transport is None:
            return False
        self._transport.send(_TEXT, data)
        return True

    def pause_writing(self) -> None:
        """Note that the client does not keep up: it gets a view in place of deltas."""
        self.behind = self._full = True

    def resume_writing(self) -> None:
        """Note that the client reads again."""
        self._full = False
        self._caught_up(self)

    def rest(self) -> None:
        """Read nothing for a while: the client sends faster than it may."""
        if self._transport is not None and not self._over and not self._rests:
            self._rests = True
            self._transport.underlying_transport.pause_reading()
            asyncio.get_running_loop().call_later(_PAUSE_S, self._read_on)

    def _read_on(self) -> None:
        self._rests = False
        if self._transport is not None and not self._over:
            self._transport.underlying_transport.resume_reading()

    def end(self, reason: str, code: WSCloseCode = WSCloseCode.TRY_AGAIN_LATER) -> None:
        """Close the connection for a reason that its client is told."""
        self._end(code, reason)

    def _end(self, code: WSCloseCode, reason: str) -> None:
        self._over = True
        if self._transport is not None:
            self._transport.send_close(code, reason.encode()[:120])
            self._transport.disconnect()

    def _abort(self) -> None:
        self._over = True
        if self._transport is not None:
            self._transport.underlying_transport.abort()


class Sockets(MemoryConnections):
    """The display port over the sockets of this process; its loop's thread alone may use it.

    A socket can be sent to from `open` to `forget`; its connection is among those of its world from
    `add` to `remove`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._sockets: dict[str, Socket] = {}
        self._process = secrets.token_hex(4)
        self._numbers = itertools.count(1)
        self.deltas = 0

    def __len__(self) -> int:
        return len(self._sockets)

    def all(self) -> list[Socket]:
        """Return every socket that is open."""
        return list(self._sockets.values())

    def new_id(self) -> str:
        """Return a connection id that no other has or had."""
        return f"{self._process}-{next(self._numbers)}"

    def open(self, socket: Socket) -> None:
        """Let a socket be sent to."""
        self._sockets[socket.connection.id] = socket

    def forget(self, socket: Socket) -> None:
        """Send nothing more to a socket; one that is not known is forgotten already."""
        self._sockets.pop(socket.connection.id, None)

    def send(self, connection: str, data: bytes) -> None:
        """Send a message to a socket; one that is gone gets nothing."""
        socket = self._sockets.get(connection)
        if socket is not None:
            socket.send(data)

    def show(self, connection: str, data: bytes) -> None:
        """Send a whole view; deltas go on from it."""
        socket = self._sockets.get(connection)
        if socket is not None:
            socket.show(data)

    def spread(self, connections: Sequence[str], data: bytes) -> None:
        """Send one delta to all of them that keep up."""
        sockets = self._sockets
        sent = 0
        for connection in connections:
            socket = sockets.get(connection)
            if socket is not None and socket.spread(data):
                sent += 1
        self.deltas += sent

    def close(self, connection: str, reason: str) -> None:
        """Close a socket, for a reason that its client is told."""
        socket = self._sockets.get(connection)
        if socket is not None:
            socket.end(reason)
