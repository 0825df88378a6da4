"""Sockets of this process: who gets what, who is behind, and that ids never come back."""

from typing import Any

import pytest

from lqe.local.sockets import MOST_UNREAD, Socket, Sockets
from lqe.ports.push import Connection


class Transport:
    """What a socket does to the library underneath: what was sent, and how much of it waits."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.waiting = 0
        self.ended = ""
        self.underlying_transport = self

    def send(self, _kind: Any, data: bytes) -> None:
        self.sent.append(data)

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def send_close(self, _code: Any, reason: bytes) -> None:
        self.ended = reason.decode()

    def disconnect(self) -> None:
        pass

    def abort(self) -> None:
        self.ended = "aborted"


class Room:
    """Sockets, and one of them that is open."""

    def __init__(self) -> None:
        self.sockets = Sockets()
        self.caught_up: list[str] = []
        self.transport: Any = Transport()
        self.socket = self.enter()

    def enter(self) -> Socket:
        connection = Connection(self.sockets.new_id(), "acme", "w1", "ann", "s1")
        socket = Socket(
            connection,
            lambda *_: True,
            self.sockets.open,
            self.sockets.forget,
            lambda s: self.caught_up.append(s.connection.id),
        )
        socket.on_ws_connected(self.transport)
        return socket

    @property
    def id(self) -> str:
        return self.socket.connection.id


@pytest.fixture
def room() -> Room:
    return Room()


def test_a_socket_is_sent_to_until_it_is_gone(room: Room) -> None:
    room.sockets.send(room.id, b"1")
    room.socket.on_ws_disconnected(room.transport)
    room.sockets.send(room.id, b"2")
    room.sockets.spread([room.id], b"3")
    room.sockets.close(room.id, "why")
    assert room.transport.sent == [b"1"]
    assert not room.transport.ended


def test_a_socket_is_closed_with_a_reason(room: Room) -> None:
    room.sockets.close(room.id, "why")
    assert room.transport.ended == "why"


def test_a_client_that_does_not_keep_up_gets_no_deltas_and_then_a_view(room: Room) -> None:
    room.sockets.spread([room.id], b"delta 1")
    room.socket.pause_writing()
    room.sockets.spread([room.id], b"delta 2")
    room.sockets.show(room.id, b"a view that would only wait")
    room.sockets.send(room.id, b"receipt")
    assert room.caught_up == []
    room.socket.resume_writing()
    assert room.caught_up == [room.id]
    room.sockets.spread([room.id], b"delta 3")
    room.sockets.show(room.id, b"view")
    room.sockets.spread([room.id], b"delta 4")
    assert room.transport.sent == [b"delta 1", b"receipt", b"view", b"delta 4"]
    assert room.sockets.deltas == 2


def test_a_client_that_lets_too_much_wait_is_dropped(room: Room) -> None:
    room.socket.pause_writing()
    room.transport.waiting = MOST_UNREAD
    room.sockets.send(room.id, b"x")
    assert not room.transport.ended
    room.transport.waiting += 1
    room.sockets.send(room.id, b"x")
    assert room.transport.ended == "aborted"


def test_no_two_sockets_have_one_id(room: Room) -> None:
    room.sockets.forget(room.socket)
    assert room.enter().connection.id != room.id
