"""From HTTP to WebSocket: who asks for it by the standard, and how a connection is handed over."""

import asyncio
import binascii
import logging
from base64 import b64decode
from http import HTTPStatus
from typing import Final

from picows import WSListener, WSUpgradeRequest, WSUpgradeResponse, WSUpgradeResponseWithListener
from picows.picows import WSProtocol  # type: ignore[attr-defined] # not in its stubs

from lqe.handlers.http.messages import Request
from lqe.handlers.http.problems import Declined
from lqe.wire import MAX_FRAME_BYTES, accepting

READ_BYTES: Final = 4096
_HANDSHAKE_S: Final = 10.0
_VERSION: Final = "13"
_KEY_BYTES: Final = 16
# What clients do wrong is counted, not logged: a line each would be a way to fill a disk.
_QUIET: Final = logging.Logger("lqe.sockets", logging.CRITICAL)  # noqa: LOG001 - nobody configures it


def wants_socket(request: Request) -> bool:
    """Say whether a request asks for a WebSocket in place of an answer (RFC 9110, 7.8)."""
    return "websocket" in _listed(request, "upgrade") and "upgrade" in _listed(
        request, "connection"
    )


def check_handshake(request: Request) -> None:
    """Raise Declined unless a request opens a WebSocket as RFC 6455 says."""
    if request.method != "GET" or request.body:
        reason = "a socket is opened with GET, without a body"
        raise Declined(HTTPStatus.BAD_REQUEST, "malformed", reason)
    version = request.headers.get("sec-websocket-version", "")
    if version != _VERSION:
        reason = f"expected WebSocket version {_VERSION}, got {version!r:.20}"
        headers = {"Sec-WebSocket-Version": _VERSION, "Upgrade": "websocket"}
        raise Declined(HTTPStatus.UPGRADE_REQUIRED, "upgrade_required", reason, headers)
    key = request.headers.get("sec-websocket-key", "")
    try:
        good = len(b64decode(key, validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        good = False
    if not good:
        reason = f"expected {_KEY_BYTES} bytes in base64 as Sec-WebSocket-Key, got {key!r:.80}"
        raise Declined(HTTPStatus.BAD_REQUEST, "malformed", reason)


def hand_over(
    transport: asyncio.Transport, request: Request, listener: WSListener, rest: bytes
) -> None:
    """Let a connection speak WebSocket from now on; `rest` came after the request already.

    The library reads the head itself, and knows fewer ways to write one than there are: it gets
    one in its own words.
    """
    chosen = accepting(request.headers) or None

    def accept(_: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
        response = WSUpgradeResponse.create_101_response(chosen)
        return WSUpgradeResponseWithListener(response, listener)

    socket = _Protocol(
        None, None, False, accept, _QUIET, True, _HANDSHAKE_S, False, None, None, 1, False,
        MAX_FRAME_BYTES, None, READ_BYTES,
    )  # fmt: skip
    transport.set_protocol(socket)
    socket.connection_made(transport)
    key = request.headers["sec-websocket-key"]
    head = (
        "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: {_VERSION}\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    )
    data = memoryview(head.encode() + rest)
    while data and not transport.is_closing():
        buffer = socket.get_buffer(-1)
        size = min(len(buffer), len(data))
        buffer[:size] = data[:size]
        data = data[size:]
        socket.buffer_updated(size)


class _Protocol(WSProtocol):  # type: ignore[misc] # not in its stubs
    """Reads a little at a time: the library doubles its buffer at each read that fills it."""

    def get_buffer(self, size_hint: int) -> memoryview:
        """Return where to put what comes next."""
        buffer: memoryview = super().get_buffer(size_hint)
        return buffer[:READ_BYTES]


def _listed(request: Request, name: str) -> list[str]:
    return [each.strip().lower() for each in request.headers.get(name, "").split(",")]
