"""A socket over a real connection whose client reads little: what reaches it, and what is kept."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable

import uvloop
from picows import WSListener, ws_create_server
from websockets.asyncio.client import connect

from lqe.local.sockets import Socket
from lqe.local.unread import MOST_UNREAD
from lqe.ports.push import Connection

WITHIN_S = 60.0
BUFFER = 8 * 1024
VIEW = b'{"view":"%s"}' % bytes(b"x" * 3_000_000)


class Line:
    """The server's end of one connection, and what was noted of it."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.caught_up = 0
        self.opened: asyncio.Future[Socket] = asyncio.get_running_loop().create_future()

    def listener(self) -> WSListener:
        return Socket(
            Connection("c1", "acme", "w1", "ann", "s1"),
            lambda *_: True,
            self.opened.set_result,
            lambda _: self.gone.set(),
            self._caught_up,
        )

    def _caught_up(self, _: Socket) -> None:
        self.caught_up += 1


def play(scene: Callable[[Line, str], Awaitable[None]]) -> None:
    async def run() -> None:
        line = Line()
        server = await ws_create_server(
            lambda _: line.listener(), "127.0.0.1", 0, enable_auto_pong=False
        )
        port = server.sockets[0].getsockname()[1]
        async with asyncio.timeout(WITHIN_S):
            await scene(line, f"ws://127.0.0.1:{port}/")
        server.close()

    uvloop.run(run())


def narrow(port: int) -> socket.socket:
    """Return a connection for which the system keeps little."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    made.connect(("127.0.0.1", port))
    made.setblocking(False)
    return made


def test_who_reads_slowly_gets_the_view_and_all_that_was_said_meanwhile() -> None:
    async def scene(line: Line, url: str) -> None:
        port = int(url.rpartition(":")[2].strip("/"))
        async with connect(
            url, sock=narrow(port), max_size=None, compression=None, max_queue=1
        ) as client:
            served = await line.opened
            served.show(VIEW)
            for number in range(100):
                served.send(b'{"receipt":%d}' % number)
                assert served.spread(b'{"delta":%d}' % number)
            waits = asyncio.ensure_future(client.ping(b"there?"))
            heard = [json.loads(await client.recv()) for _ in range(201)]
            assert heard[0] == json.loads(VIEW)
            assert heard[1:] == [
                {kind: number} for number in range(100) for kind in ("receipt", "delta")
            ]
            await (await waits)  # the pong came as well
            assert not served.behind
            assert line.caught_up == 0

    play(scene)


def test_who_reads_nothing_of_a_view_holds_little_more_than_that() -> None:
    async def scene(line: Line, url: str) -> None:
        port = int(url.rpartition(":")[2].strip("/"))
        async with connect(
            url, sock=narrow(port), max_size=None, compression=None, max_queue=1
        ) as client:
            client.transport.pause_reading()
            served = await line.opened
            served.show(VIEW)
            sent = 0
            while not line.gone.is_set():
                served.spread(bytes(1_000))
                served.send(bytes(1_000))
                sent += 1_000
                assert sent < 2 * MOST_UNREAD
                await asyncio.sleep(0)
            assert served.behind

    play(scene)
