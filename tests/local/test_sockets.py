"""Pushing to the sockets of this process."""

import asyncio
from collections.abc import Callable

import pytest

from lqe.local.sockets import Socket, Sockets


@pytest.fixture
def sockets() -> Sockets:
    return Sockets()


def pushed(sockets: Sockets, socket: Socket, push: Callable[[], None]) -> list[bytes]:
    """Return what waits for a client after something was pushed from another thread."""

    async def run() -> list[bytes]:
        sockets.attach(asyncio.get_running_loop())
        await asyncio.to_thread(push)
        await asyncio.sleep(0)
        return [socket.outbox.get_nowait() for _ in range(socket.outbox.qsize())]

    return asyncio.run(run())


def test_a_socket_can_be_sent_to_before_and_while_its_world_knows_it(sockets: Sockets) -> None:
    socket = sockets.open("acme", "w1", "ann", "s1")
    assert list(sockets.of("acme", "w1")) == []
    assert pushed(sockets, socket, lambda: sockets.send(socket.connection.id, b"1")) == [b"1"]
    sockets.add(socket.connection, 1)
    assert list(sockets.of("acme", "w1")) == [socket.connection]
    assert sockets.worlds() == [("acme", "w1")]
    assert pushed(sockets, socket, lambda: sockets.send(socket.connection.id, b"2")) == [b"2"]


def test_a_socket_that_was_forgotten_gets_nothing(sockets: Sockets) -> None:
    socket = sockets.open("acme", "w1", "ann", "s1")
    sockets.add(socket.connection, 1)
    sockets.forget(socket)
    sockets.remove(socket.connection)
    assert sockets.worlds() == []
    assert pushed(sockets, socket, lambda: sockets.send(socket.connection.id, b"1")) == []
    assert pushed(sockets, socket, lambda: sockets.close(socket.connection.id, "why")) == []
    assert not socket.closing


def test_a_socket_is_closed_with_a_reason(sockets: Sockets) -> None:
    socket = sockets.open("acme", "w1", "ann", "s1")
    assert pushed(sockets, socket, lambda: sockets.close(socket.connection.id, "why")) == [b""]
    assert socket.closing == "why"


def test_a_client_that_does_not_read_is_closed(sockets: Sockets) -> None:
    socket = sockets.open("acme", "w1", "ann", "s1")
    while not socket.closing:
        socket.put(b"x")
    assert "does not read" in socket.closing


def test_no_two_sockets_have_one_id(sockets: Sockets) -> None:
    first = sockets.open("acme", "w1", "ann", "s1")
    sockets.forget(first)
    assert sockets.open("acme", "w1", "ann", "s1").connection.id != first.connection.id
