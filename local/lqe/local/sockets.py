"""Open sockets of the embedded runtime: what comes in, and what goes out to which of them."""

import asyncio
import itertools
import secrets
from collections.abc import Callable, Sequence
from math import inf
from time import monotonic

from picows import WSFrame, WSListener, WSMsgType, WSTransport

from lqe.adapters.memory import MemoryConnections
from lqe.closing import LAPSED, Close
from lqe.ports.push import Connection
from lqe.wire import MAX_FRAME_BYTES

from .unread import Unread, hold_little

_PAUSE_S = 0.25
_MOST_STRIKES = 1_000
# A second's control frames and parts of messages; whole messages are counted by whose they are.
_MOST_PARTS = 200
_REASON_BYTES = 120
_LOOK_S = 10.0
_ASKED_AT = 3
_MOST_SILENT_LOOKS = 5
_TEXT = WSMsgType.TEXT
Received = Callable[["Socket", bytes], bool]


class Socket(WSListener):
    """One open socket: whose it is, and whether its client keeps up.

    One that is behind lacks something of the view: it gets the newest one when it has read what
    waits for it, and no deltas until then. `received` is called with each message and says whether
    it was a good one; `gone` once, when the socket has ended; `caught_up` when a client that was
    behind has read what waited. At `ends_at`, by the monotonic clock, its token ends.
    """

    def __init__(
        self,
        connection: Connection,
        received: Received,
        opened: Callable[["Socket"], None],
        gone: Callable[["Socket"], None],
        caught_up: Callable[["Socket"], None],
        ends_at: float = inf,
    ) -> None:
        self.connection = connection
        self.behind = False
        self._received = received
        self._opened = opened
        self._gone = gone
        self._caught_up = caught_up
        self._ends_at = ends_at
        self._transport: WSTransport | None = None
        self._parts = bytearray()
        self._in_parts = False
        self._strikes = 0
        self._unread = Unread()
        self._full = False
        self._pong: bytes | None = None
        self._over = self._rests = False
        self._heard = True
        self._silent_looks = 0
        self._looks: asyncio.TimerHandle | None = None
        self._counted = 0
        self._counts_until = 0.0

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Take the socket in."""
        self._transport = transport
        hold_little(transport.underlying_transport)
        self._look_later()
        self._opened(self)

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002 - there is one
        """Let the socket go."""
        self._transport = None
        if self._looks is not None:
            self._looks.cancel()
        self._gone(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:  # noqa: ARG002 - likewise
        """Take in a frame; parts of a message are put together first."""
        kind = frame.msg_type
        if self._over:
            return
        self._heard = True
        if not frame.fin or kind not in (WSMsgType.TEXT, WSMsgType.BINARY):
            self._count()
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            self.end(Close.BROKEN, "no extension was agreed on")
        elif kind in (WSMsgType.TEXT, WSMsgType.BINARY):
            if self._in_parts:
                self.end(Close.BROKEN, "a message began within another")
            elif frame.fin:
                self._take(frame.get_payload_as_bytes())
            else:
                self._in_parts = True
                self._parts += frame.get_payload_as_memoryview()
        elif kind == WSMsgType.CONTINUATION:
            self._go_on(frame)
        elif kind == WSMsgType.CLOSE:
            self.end(Close.DONE, "")
        elif kind == WSMsgType.PING:
            self._answer(frame.get_payload_as_bytes())

    def _answer(self, ping: bytes) -> None:
        """Answer a ping: while the line is full, only the latest one, when it is no more."""
        if self._full:
            self._pong = ping
        elif self._transport is not None:
            self._transport.send_pong(ping)

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
            self.end(Close.BROKEN, "a message goes on that never began")
            return
        self._parts += frame.get_payload_as_memoryview()
        if len(self._parts) > MAX_FRAME_BYTES:
            self.end(Close.TOO_LARGE, f"a message has at most {MAX_FRAME_BYTES} bytes")
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
            self.end(Close.REFUSED, f"{_MOST_STRIKES} bad messages in a row")

    def send(self, data: bytes) -> None:
        """Send a message; a client for which too much waits, beside a view, is dropped."""
        if self._full and self._unread.has_too_much(self._waiting):
            self._abort()
        else:
            self._put(data)

    def show(self, data: bytes) -> None:
        """Send a view, unless the line is full; a client that was behind is up to date with it."""
        self.behind = self._full
        if not self._full:
            self._unread.shows(len(data))
            self._put(data)

    def spread(self, data: bytes) -> bool:
        """Send a delta, unless the client is behind; say whether it was sent."""
        if self.behind or self._transport is None:
            return False
        if self._full and self._unread.has_enough(self._waiting):
            self.behind = True
            return False
        self._put(data)
        return True

    def _put(self, data: bytes) -> None:
        if self._transport is not None and not self._over:
            self._unread.sent += len(data)
            self._transport.send(_TEXT, data)

    @property
    def _waiting(self) -> int:
        """How many bytes the system has not taken yet."""
        if self._transport is None:
            return 0
        return int(self._transport.underlying_transport.get_write_buffer_size())

    def pause_writing(self) -> None:
        """Note that the line is full: from now on it is looked at how much waits."""
        self._full = True

    def resume_writing(self) -> None:
        """Note that the client has read what waited; let it have a view if it lacks something."""
        self._full = False
        self._heard = True
        if self._pong is not None and self._transport is not None:
            self._transport.send_pong(self._pong)
        self._pong = None
        if self.behind:
            self._caught_up(self)

    def _look_later(self) -> None:
        self._looks = asyncio.get_running_loop().call_later(_LOOK_S, self._look)

    def _look(self) -> None:
        """End a client that neither says nor reads anything; ask one that is silent.

        Looks are counted, not seconds: nobody is gone because this process stood still. A ping
        would wait behind what waits already, so who reads is not asked.
        """
        reads = self._unread.is_read(self._waiting) and self._full
        self._silent_looks = 0 if reads or self._heard else self._silent_looks + 1
        self._heard = False
        if self._silent_looks >= _MOST_SILENT_LOOKS:
            if self._over or self._full:
                self._abort()
                return
            self.end(Close.SILENT, "nothing was heard of this client")
        elif monotonic() >= self._ends_at:
            self.end(Close.TOKEN_ENDED, LAPSED)
        elif self._silent_looks >= _ASKED_AT and not self._over and self._transport is not None:
            self._transport.send_ping()
        self._look_later()

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

    def end(self, code: Close, reason: str) -> None:
        """Close the connection for a reason that its client is told; only the first one counts."""
        if self._over:
            return
        self._over = True
        if self._transport is not None:
            said = reason.encode()[:_REASON_BYTES].decode(errors="ignore")
            self._transport.send_close(code, said)  # type: ignore[arg-type] # takes any number
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

    def close(self, connection: str, code: Close, reason: str) -> None:
        """Close a socket, for a reason that its client is told."""
        socket = self._sockets.get(connection)
        if socket is not None:
            socket.end(code, reason)
