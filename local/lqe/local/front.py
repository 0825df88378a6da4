"""One port for HTTP and WebSockets: the head of a request says which of them it is."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final, cast

import h11
from picows import WSListener, WSUpgradeRequest, WSUpgradeResponse, WSUpgradeResponseWithListener
from picows.picows import WSProtocol  # type: ignore[attr-defined] # not in its stubs

from lqe.handlers.http.messages import MAX_BODY_BYTES, Request, Response, headers_of
from lqe.handlers.http.problems import Declined, problem_of
from lqe.wire import MAX_FRAME_BYTES, accepting

_HEAD_BYTES: Final = 16 * 1024
_HEAD_S: Final = 10.0
_IDLE_S: Final = 60.0
_PING_AFTER_S: Final = 30
_PONG_WITHIN_S: Final = 20
_READ_BYTES: Final = 4096
# What clients do wrong is counted, not logged: a line each would be a way to fill a disk.
_QUIET: Final = logging.Logger("lqe.sockets", logging.CRITICAL)  # noqa: LOG001 - nobody configures it
_TOO_LARGE: Final = problem_of(
    Declined(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", "a request is at most 64 KiB")
)
_MALFORMED: Final = problem_of(
    Declined(HTTPStatus.BAD_REQUEST, "malformed", "expected an HTTP/1.1 request")
)

Respond = Callable[[Request], Awaitable[Response]]
# Returns the socket's listener, or why there is none.
Admit = Callable[[Request], WSListener | Response]


class Front(asyncio.Protocol):
    """One connection, as HTTP until it asks to be a WebSocket.

    `respond` answers HTTP requests, `admit` says who may open a socket.
    """

    def __init__(self, respond: Respond, admit: Admit) -> None:
        self._respond = respond
        self._admit = admit
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD_BYTES)
        self._raw = bytearray()
        self._first = True
        self._request: h11.Request | None = None
        self._body = bytearray()
        self._answering: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for a request, but not for ever."""
        self._transport = cast("asyncio.Transport", transport)
        self._wait(_HEAD_S)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - nothing to do
        """Stop waiting."""
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Take in what came."""
        if self._first:
            self._raw += data
        self._http.receive_data(data)
        self._go_on()

    def _wait(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        if self._transport is not None and self._answering is None:
            self._transport.abort()

    def _go_on(self) -> None:
        while self._transport is not None and self._answering is None:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError:
                self._refuse(_MALFORMED)
                return
            if event is h11.NEED_DATA or event is h11.PAUSED:
                return
            if isinstance(event, h11.Request):
                if self._first and _wants_socket(event):
                    self._switch()
                    return
                self._first = False
                self._request = event
                self._body.clear()
            elif isinstance(event, h11.Data):
                self._body += event.data
                if len(self._body) > MAX_BODY_BYTES:
                    self._refuse(_TOO_LARGE)
                    return
            elif isinstance(event, h11.EndOfMessage):
                self._answering = asyncio.ensure_future(self._answer())
            else:
                self._close()
                return

    def _switch(self) -> None:
        """Hand the connection over to the library that speaks WebSocket, from its first byte."""
        assert self._transport is not None
        if self._timer is not None:
            self._timer.cancel()
        socket = _Protocol(
            None, None, False, self._listener, _QUIET, True, _HEAD_S, True, _PING_AFTER_S,
            _PONG_WITHIN_S, 1, False, MAX_FRAME_BYTES, None, _READ_BYTES,
        )  # fmt: skip
        transport, self._transport = self._transport, None
        transport.set_protocol(socket)
        socket.connection_made(transport)
        rest = memoryview(bytes(self._raw))
        while rest and not transport.is_closing():
            buffer = socket.get_buffer(-1)
            size = min(len(buffer), len(rest))
            buffer[:size] = rest[:size]
            rest = rest[size:]
            socket.buffer_updated(size)

    def _listener(self, asked: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
        path, _, query = asked.path.decode("latin-1").partition("?")
        headers = {name.lower(): value for name, value in asked.headers.items()}
        admitted = self._admit(Request(method="GET", path=path, query=query, headers=headers))
        if isinstance(admitted, Response):
            refusal = WSUpgradeResponse.create_error_response(
                admitted.status, admitted.body, {"Content-Type": admitted.content_type}
            )
            return WSUpgradeResponseWithListener(refusal, None)
        response = WSUpgradeResponse.create_101_response(accepting(headers) or None)
        return WSUpgradeResponseWithListener(response, admitted)

    async def _answer(self) -> None:
        asked = self._request
        assert asked is not None
        path, _, query = asked.target.decode("latin-1").partition("?")
        headers = {n.decode("latin-1"): v.decode("latin-1") for n, v in asked.headers}
        request = Request(
            method=asked.method.decode("latin-1"),
            path=path,
            query=query,
            headers=headers,
            body=bytes(self._body),
        )
        response = await self._respond(request)
        self._answering = None
        self._write(response, head_only=request.method == "HEAD")
        if self._transport is None:
            return
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
            self._wait(_IDLE_S)
            self._go_on()
        else:
            self._close()

    def _write(self, response: Response, *, head_only: bool = False) -> None:
        if self._transport is None:
            return
        headers = headers_of(response) | {"Content-Length": str(len(response.body))}
        sent = self._http.send(
            h11.Response(status_code=response.status, headers=list(headers.items()))
        )
        body = b"" if head_only else self._http.send(h11.Data(data=response.body))
        end = self._http.send(h11.EndOfMessage()) if not head_only else b""
        self._transport.write((sent or b"") + (body or b"") + (end or b""))
        if head_only:
            self._close()

    def _refuse(self, response: Response) -> None:
        """Answer what is no request, and end the connection."""
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._write(response)
        self._close()

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class _Protocol(WSProtocol):  # type: ignore[misc] # not in its stubs
    """Reads a little at a time: the library doubles its buffer at each read that fills it."""

    def get_buffer(self, size_hint: int) -> memoryview:
        """Return where to put what comes next."""
        buffer: memoryview = super().get_buffer(size_hint)
        return buffer[:_READ_BYTES]


def _wants_socket(request: h11.Request) -> bool:
    return any(n == b"upgrade" and v.lower() == b"websocket" for n, v in request.headers)
