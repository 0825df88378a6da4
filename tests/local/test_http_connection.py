"""One connection: what a client costs that asks and does not read, and how it becomes a socket."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from picows import WSListener

from lqe.handlers.http.messages import Request, Response
from lqe.local.http_connection import HttpConnection
from lqe.local.http_connections import HttpConnections
from lqe.local.remotes import Remotes
from tests.local.transports import FakeTransport

GET = b"GET /v1/health HTTP/1.1\r\nHost: game.example\r\n\r\n"
UPGRADE = (
    b"GET /v1/socket?ticket=t HTTP/1.1\r\nHost: game.example\r\nUpgrade: WebSocket\r\n"
    b"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n"
)
ANSWER_BYTES = 30_000


class Port:
    """A connection to a server that answers everything with thirty thousand bytes."""

    def __init__(self, connections: HttpConnections | None = None, peer: str = "192.0.2.1") -> None:
        self.transport = FakeTransport(peer)
        self.asked: list[Request] = []
        self.listener = WSListener()
        self.refused: Response | None = None
        self.status = 200
        self.asked_thrice = asyncio.Event()
        self.answers = asyncio.Event()
        self.answers.set()
        self.connections = HttpConnections() if connections is None else connections
        self.transport.connect(
            HttpConnection(self._respond, self._admit, self.connections, Remotes(()))
        )

    async def _respond(self, request: Request) -> Response:
        self.asked.append(request)
        if len(self.asked) == 3:
            self.asked_thrice.set()
        await self.answers.wait()
        return Response(status=self.status, body=bytes(ANSWER_BYTES))

    def _admit(self, request: Request) -> WSListener | Response:
        self.asked.append(request)
        return self.refused or self.listener


Scene = Callable[[], Coroutine[Any, Any, None]]


def in_loop(scene: Scene) -> Callable[[], None]:
    """Run a test in a loop."""

    def run() -> None:
        asyncio.run(scene())

    run.__doc__ = scene.__doc__
    return run


async def settle() -> None:
    """Let all that can go on go on."""
    for _ in range(50):
        await asyncio.sleep(0)


@in_loop
async def test_nothing_is_read_while_answers_are_not() -> None:
    port = Port()
    sent = 0
    for _ in range(100):
        sent += port.transport.give(GET * 1000)
        await settle()
    assert not port.transport.reads
    assert sent < 200_000, "of the five million bytes that the client had to say"
    assert len(port.transport.written) < 100_000
    before = len(port.asked)
    port.transport.take()
    await settle()
    assert len(port.asked) > before, "whoever reads goes on"


@in_loop
async def test_nothing_more_is_read_while_an_answer_is_made() -> None:
    port = Port()
    port.answers.clear()
    assert port.transport.give(GET * 10_000) < 200_000
    await settle()
    assert len(port.asked) == 1
    port.answers.set()
    await settle()
    assert len(port.asked) > 1


@in_loop
async def test_who_asks_too_fast_is_not_heard_for_a_while() -> None:
    port = Port()
    port.status = 429
    port.transport.give(GET * 3)
    await settle()
    assert len(port.asked) == 1
    await asyncio.wait_for(port.asked_thrice.wait(), 30)


@in_loop
async def test_a_proxy_is_heard_on_when_one_of_its_clients_asks_too_fast() -> None:
    port = Port(peer="127.0.0.1")
    port.status = 429
    port.transport.give(GET.replace(b"Host", b"X-Forwarded-For: 192.0.2.7\r\nHost") * 2)
    await settle()
    assert [request.remote for request in port.asked] == ["192.0.2.7"] * 2


@in_loop
async def test_one_address_has_a_bounded_number_of_connections() -> None:
    connections = HttpConnections(most_of_one=2)
    ports = [Port(connections) for _ in range(3)]
    assert [port.transport.closed for port in ports] == [False, False, True]
    assert ports[2].transport.take().startswith(b"HTTP/1.1 503 ")
    assert not Port(connections, peer="192.0.2.2").transport.closed
    many = [Port(connections, peer="127.0.0.1") for _ in range(3)]
    assert not any(port.transport.closed for port in many), "a proxy speaks for many"


@in_loop
async def test_answers_that_nobody_reads_are_held_in_bounded_number() -> None:
    connections = HttpConnections(most_held=4 * ANSWER_BYTES)
    ports = [Port(connections) for _ in range(10)]
    for port in ports:
        port.transport.give(GET)
        await settle()
    assert [port.transport.aborted for port in ports] == [True] * 7 + [False] * 3
    assert ports[-1].transport.take().startswith(b"HTTP/1.1 200 ")


@in_loop
async def test_an_answer_that_is_larger_than_all_may_be_is_given_all_the_same() -> None:
    port = Port(HttpConnections(most_held=ANSWER_BYTES // 2))
    port.transport.give(GET)
    await settle()
    assert len(port.transport.take()) > ANSWER_BYTES


@in_loop
async def test_a_head_without_end_is_refused_and_the_answer_can_be_read() -> None:
    port = Port()
    port.transport.give(b"GET / HTTP/1.1\r\n" + b"a:b\r\n" * 24_000)
    assert port.transport.take().startswith(b"HTTP/1.1 431 ")
    assert port.transport.ended
    assert not port.transport.closed, "an end at once would take the answer from the client"
    assert port.transport.give(bytes(2_000_000)) < 200_000, "but little more is read of it"


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ((b"Version: 13", b"Version: 8"), b"426"),
        ((b"AAAAAAAAAAAAAAAAAAAAAA==", b"short"), b"400"),
        ((b"GET", b"POST"), b"400"),
    ],
)
def test_what_is_no_handshake_costs_no_ticket(changed: tuple[bytes, bytes], status: bytes) -> None:
    async def scene() -> None:
        port = Port()
        port.transport.give(UPGRADE.replace(*changed))
        assert port.transport.take().startswith(b"HTTP/1.1 " + status)
        assert port.asked == []

    asyncio.run(scene())


@in_loop
async def test_who_gets_no_socket_hears_why() -> None:
    port = Port()
    port.refused = Response(status=403, body=b'{"code":"no_ticket"}')
    port.transport.give(UPGRADE)
    said = port.transport.take()
    assert said.startswith(b"HTTP/1.1 403 ")
    assert said.endswith(b'{"code":"no_ticket"}')


@in_loop
async def test_an_upgrade_that_the_connection_does_not_name_is_a_plain_request() -> None:
    port = Port()
    port.transport.give(UPGRADE.replace(b"keep-alive, Upgrade", b"keep-alive"))
    await settle()
    assert port.transport.take().startswith(b"HTTP/1.1 200 ")


@in_loop
async def test_who_says_no_more_still_gets_its_answer() -> None:
    port = Port()
    port.answers.clear()
    port.transport.give(GET)
    assert port.transport.protocol.eof_received(), "the connection stays for the answer"
    port.answers.set()
    await settle()
    assert len(port.transport.written) > ANSWER_BYTES
    assert port.transport.closed
