"""The client opens the socket that its ticket names, and comes back as the protocol says."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, serve

from lqe.local import client
from lqe.local.client import Player, join, ticket

WAIT_S = 30.0
VIEW = {"type": "view", "position": 1, "tick": 1, "at_us": 1, "tick_us": 1, "world": {}}
Talk = Callable[[ServerConnection], Awaitable[None]]


class Office:
    """Hands out tickets for one socket: what was asked of it, and the status it answers with."""

    def __init__(self, socket: str) -> None:
        self.socket = socket
        self.asked: list[dict[str, str]] = []
        self.status = 201

    @contextmanager
    def open(self) -> Iterator[str]:
        office = self

        class Issuing(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                office.asked.append(msgspec.json.decode(body))
                body = msgspec.json.encode({"socket": office.socket})
                self.send_response(office.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        with HTTPServer(("127.0.0.1", 0), Issuing) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"127.0.0.1:{server.server_port}"
            server.shutdown()


@pytest.mark.parametrize(
    ("named", "opened"),
    [
        ("/v1/socket?ticket=t", lambda here: f"ws://{here}/v1/socket?ticket=t"),
        ("wss://a.example/live?ticket=acme.t", lambda _: "wss://a.example/live?ticket=acme.t"),
    ],
)
def test_a_socket_is_where_its_ticket_says(named: str, opened: Callable[[str], str]) -> None:
    with Office(named).open() as here:
        assert ticket(f"http://{here}", "w1", "ann") == opened(here)


def play(talks: list[Talk], scene: Callable[[Player, Office], Awaitable[None]]) -> Office:
    """Let a player play with a server that has one talk after the other, a connection each."""
    left = iter(talks)

    async def meet(socket: ServerConnection) -> None:
        await next(left)(socket)

    async def run() -> Office:
        async with serve(meet, "127.0.0.1", 0) as server:
            host, port = next(iter(server.sockets)).getsockname()[:2]
            office = Office(f"ws://{host}:{port}/")
            with office.open() as here:
                async with asyncio.timeout(WAIT_S), join(f"http://{here}", "w1", "ann") as ann:
                    await scene(ann, office)
            return office

    return asyncio.run(run())


async def say(socket: ServerConnection, message: dict[str, Any]) -> None:
    await socket.send(msgspec.json.encode(message), text=True)


async def until(what: Callable[[], bool]) -> None:
    for _ in range(int(WAIT_S / 0.01)):
        if what():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come")


def test_who_loses_the_connection_comes_back_to_the_session_and_repeats_what_is_undecided() -> None:
    heard: list[Any] = []

    async def stops(socket: ServerConnection) -> None:
        await say(socket, VIEW | {"session": "s7"})
        heard.append(msgspec.json.decode(await socket.recv()))
        await socket.close(1012, "the server stops")

    async def goes_on(socket: ServerConnection) -> None:
        await say(socket, VIEW | {"session": "s7"})
        heard.append(msgspec.json.decode(await socket.recv()))
        outcome = {"type": "outcome", "seq": 1, "position": 9, "tick": 1}
        await say(socket, outcome | {"code": "duplicate", "original": 2, "reason": "again"})
        await socket.wait_closed()

    async def scene(ann: Player, _office: Office) -> None:
        await ann.order(("push", {"dx": 1}))
        await until(lambda: ann.decided == 1)
        assert (ann.sent, ann.received, ann.over) == (1, 1, "")

    office = play([stops, goes_on], scene)
    assert heard[0] == heard[1]
    assert [asked.get("session") for asked in office.asked] == [None, "s7"]


@pytest.mark.parametrize("told", ["by the close", "by a message"])
def test_who_was_taken_over_does_not_come_back(told: str) -> None:
    async def takes_over(socket: ServerConnection) -> None:
        await say(socket, VIEW)
        await socket.recv()
        if told == "by a message":
            await say(socket, {"type": "closing", "code": 4001, "reason": "a newer connection"})
            await socket.close(1000)
        await socket.close(4001, "a newer connection")

    async def scene(ann: Player, _office: Office) -> None:
        await ann.order(("push", {}))
        await until(lambda: bool(ann.over))
        with pytest.raises(ConnectionError, match=r"4001.*a newer connection"):
            await ann.order(("push", {}))

    assert len(play([takes_over], scene).asked) == 1


def test_who_gets_no_ticket_any_more_does_not_ask_again() -> None:
    async def ends(socket: ServerConnection) -> None:
        await say(socket, VIEW)
        await socket.recv()
        await socket.close(4101, "the token has ended")

    async def scene(ann: Player, office: Office) -> None:
        office.status = 401
        await ann.order(("push", {}))
        await until(lambda: bool(ann.over))
        assert "no ticket for ann" in ann.over

    assert len(play([ends], scene).asked) == 2


def test_a_view_that_does_not_come_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_ASK_AGAIN_S", 0.0)
    delta = {"type": "delta", "since": 5, "position": 6, "tick": 1, "at_us": 1}
    wishes: list[Any] = []

    async def loses(socket: ServerConnection) -> None:
        await say(socket, VIEW)
        for _ in range(2):
            await say(socket, delta)
            wishes.append(msgspec.json.decode(await socket.recv()))
        await say(socket, VIEW | {"position": 7})
        await socket.wait_closed()

    async def scene(ann: Player, _office: Office) -> None:
        await until(lambda: ann.position == 7)
        assert ann.gaps == 1

    play([loses], scene)
    assert wishes == [{"type": "view"}] * 2
