"""One connection of the port: HTTP, an exchange after the other, until it becomes a WebSocket.

Nothing is read while an answer is made or waits to be taken, so that a client costs what one answer
costs, however much it asks for.
"""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final, cast

from msgspec.structs import replace
from picows import WSListener

from lqe.handlers.http.messages import Request, Response
from lqe.handlers.http.problems import Declined, problem_of

from .http_codec import HttpCodec, refusal
from .http_connections import HttpConnections
from .remotes import Remotes, one_of
from .websocket_upgrade import check_handshake, hand_over, wants_socket

_UNREAD_BYTES: Final = 4096
_HEAD_S: Final = 10.0
_IDLE_S: Final = 60.0
# Whoever asks too fast is heard again after this, so that to ask on costs it more than us.
_REST_S: Final = 1.0
# A client may go on sending what was refused: an end at once would take the answer from it. This
# long it stays, and of so much notice is taken: reading costs more than refusing.
_LINGER_S: Final = 2.0
_LINGER_BYTES: Final = 64 * 1024
_NO_PLACE: Final = Declined(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "unavailable",
    "too many connections are open: try again in a moment",
    {"Retry-After": "1"},
)

Respond = Callable[[Request], Awaitable[Response]]
# Returns the socket's listener, or why there is none.
Admit = Callable[[Request], WSListener | Response]


class HttpConnection(asyncio.BufferedProtocol):
    """One connection, as HTTP until it asks to be a WebSocket.

    `respond` answers HTTP requests, `admit` says who may open a socket.
    """

    def __init__(
        self, respond: Respond, admit: Admit, connections: HttpConnections, remotes: Remotes
    ) -> None:
        self._respond = respond
        self._admit = admit
        self._connections = connections
        self._remotes = remotes
        self._peer = ""
        self._codec = HttpCodec()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._answering: asyncio.Task[None] | None = None
        self._unsent = 0
        self._paused = self._is_full = self._lingers = self._has_ended = self._rests = False
        self._dropped = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for a request, but not for ever."""
        self._transport = cast("asyncio.Transport", transport)
        self._peer = str((transport.get_extra_info("peername") or ("",))[0])
        # A proxy speaks for many: how many of them there are is its own affair.
        whose = "" if self._remotes.is_proxy(self._peer) else one_of(self._peer)
        if self._connections.enter(self, whose):
            self._wait(_HEAD_S)
        else:
            self._transport.write(refusal(problem_of(_NO_PLACE)))
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - nothing to do
        """Stop waiting, and keep nothing of what came."""
        self._transport = None
        self._codec = HttpCodec()
        self._connections.leave(self)
        if self._timer is not None:
            self._timer.cancel()

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002 - it has one
        """Return where to put what comes next."""
        return self._connections.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take in what came."""
        if self._lingers:
            self._dropped += nbytes
            if self._dropped > _LINGER_BYTES and self._transport is not None:
                self._transport.pause_reading()
            return
        self._codec.receive(memoryview(self._connections.buffer)[:nbytes])
        self._go_on()

    def eof_received(self) -> bool:
        """Keep the other direction open as long as an answer is on its way."""
        self._has_ended = True
        return self._answering is not None and not self._lingers

    def pause_writing(self) -> None:
        """Answer nothing more before the client takes what it was answered."""
        self._is_full = True

    def resume_writing(self) -> None:
        """Go on: the client has taken its answers."""
        self._is_full = False
        self._look()
        self._go_on()

    def end(self) -> None:
        """End the connection, whatever it waits for."""
        if self._transport is not None:
            self._connections.leave(self)
            self._transport.abort()

    def _wait(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        """End a connection on which nothing moved for too long."""
        if self._transport is None or self._answering is not None:
            return
        unsent = self._transport.get_write_buffer_size()
        if 0 < unsent < self._unsent:
            self._unsent = unsent
            self._wait(_IDLE_S)
        else:
            self.end()

    def _go_on(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if self._is_free():
            try:
                request = self._codec.next_request()
            except Declined as error:
                self._refuse(problem_of(error))
                return
            if request is not None:
                remote = self._remotes.of(self._peer, request.headers)
                request = replace(request, remote=remote)
            if request is None:
                if interim := self._codec.interim():
                    self._transport.write(interim)
            elif wants_socket(request):
                self._open_socket(request)
            else:
                self._connections.works(self)
                self._answering = asyncio.ensure_future(self._answer(request))
        self._balance()

    def _is_free(self) -> bool:
        return self._answering is None and not (self._is_full or self._lingers or self._rests)

    def _balance(self) -> None:
        """Read on, or do not, by what waits already."""
        if self._transport is None or self._transport.is_closing():
            return
        pause = not self._is_free() and not self._lingers and self._codec.unread >= _UNREAD_BYTES
        if pause and not self._paused:
            self._transport.pause_reading()
        elif self._paused and not pause:
            self._transport.resume_reading()
        self._paused = pause
        self._connections.holds(self, self._codec.held + self._unsent)

    def _look(self) -> None:
        """See how much of an answer its client has not taken."""
        if self._transport is not None:
            self._unsent = self._transport.get_write_buffer_size()
            self._connections.holds(self, self._codec.held + self._unsent)

    def _open_socket(self, request: Request) -> None:
        try:
            check_handshake(request)
        except Declined as error:
            self._refuse(problem_of(error))
            return
        admitted = self._admit(request)
        if isinstance(admitted, Response):
            self._refuse(admitted)
            return
        assert self._transport is not None
        transport, self._transport = self._transport, None
        self._connections.leave(self)
        if self._timer is not None:
            self._timer.cancel()
        if self._paused:
            transport.resume_reading()
        hand_over(transport, request, admitted, self._codec.rest())

    async def _answer(self, request: Request) -> None:
        response = await self._respond(request)
        self._answering = None
        if response.status == HTTPStatus.TOO_MANY_REQUESTS and request.remote == one_of(self._peer):
            self._rests = True
            asyncio.get_running_loop().call_later(_REST_S, self._wake)
        self._send(response)

    def _wake(self) -> None:
        self._rests = False
        self._go_on()

    def _send(self, response: Response) -> None:
        """Send an answer, and read on if more requests may come."""
        if self._transport is None:
            return
        self._transport.write(self._codec.answer(response))
        # What the system takes it takes when the loop comes round: only the rest is held.
        asyncio.get_running_loop().call_soon(self._look)
        self._connections.waits(self)
        self._wait(_IDLE_S)
        if not self._codec.stays_open or (self._has_ended and not self._codec.unread):
            self._transport.close()
        else:
            self._go_on()

    def _refuse(self, response: Response) -> None:
        """Answer what is no request, and end the connection when its client has heard."""
        assert self._transport is not None
        self._transport.write(refusal(response))
        self._lingers = True
        self._wait(_LINGER_S)
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._balance()
