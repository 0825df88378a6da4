"""A socket on a connection that carried requests, as pools of connections and proxies open them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvloop
from picows import WSFrame, WSListener, WSTransport

from lqe.handlers.http.messages import Request, Response
from lqe.local.http_connection import HttpConnection
from lqe.local.http_connections import HttpConnections
from lqe.local.remotes import Remotes

GET = b"GET /v1/health HTTP/1.1\r\nHost: game.example\r\n\r\n"
UPGRADE = (
    b"GET /v1/socket?ticket=t HTTP/1.1\r\nHost: game.example\r\nUpgrade: WebSocket\r\n"
    b"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n"
)
ACCEPTED = b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # of RFC 6455, 1.3
HELLO = b"\x81\x85\0\0\0\0hello"
WITHIN_S = 30
Scene = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


class Echo(WSListener):
    """Says what it hears."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002 - there is one
        self.gone.set()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        transport.send(frame.msg_type, frame.get_payload_as_bytes())


async def answer(_: Request) -> Response:
    return Response(status=200, body=b"{}")


@asynccontextmanager
async def connected(
    connections: HttpConnections,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Yield a connection to a server whose socket says what it hears; it has to be opened."""
    echo = Echo()

    def admit(request: Request) -> WSListener:
        assert request.query == "ticket=t"
        return echo

    server = await asyncio.get_running_loop().create_server(
        lambda: HttpConnection(answer, admit, connections, Remotes(())), "127.0.0.1", 0
    )
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        yield reader, writer
    finally:
        writer.close()
        server.close()
    await asyncio.wait_for(echo.gone.wait(), WITHIN_S)


async def heard(reader: asyncio.StreamReader, end: bytes) -> bytes:
    return await asyncio.wait_for(reader.readuntil(end), WITHIN_S)


@pytest.mark.parametrize("requests", [0, 1, 3])
@pytest.mark.parametrize("run", [uvloop.run, asyncio.run], ids=["uvloop", "asyncio"])
def test_a_socket_opens_on_a_connection_that_carried_requests(
    requests: int, run: Callable[[Any], None]
) -> None:
    async def scene() -> None:
        connections = HttpConnections()
        async with connected(connections) as (reader, writer):
            for _ in range(requests):
                writer.write(GET)
                assert b" 200 OK\r\n" in await heard(reader, b"\r\n\r\n{}")
            writer.write(UPGRADE)
            said = await heard(reader, b"\r\n\r\n")
            assert said.startswith(b"HTTP/1.1 101 ")
            assert ACCEPTED in said
            assert len(connections) == 0, "a socket is no HTTP connection any more"
            writer.write(HELLO)
            assert await heard(reader, b"hello") == b"\x81\x05hello"

    run(scene())


def test_all_at_once_is_answered_in_its_order() -> None:
    async def scene() -> None:
        async with connected(HttpConnections()) as (reader, writer):
            writer.write(GET * 200 + UPGRADE + HELLO * 3)
            for _ in range(200):
                assert b" 200 OK\r\n" in await heard(reader, b"\r\n\r\n{}")
            assert ACCEPTED in await heard(reader, b"\r\n\r\n")
            assert await asyncio.wait_for(reader.readexactly(21), WITHIN_S) == b"\x81\x05hello" * 3

    uvloop.run(scene())
