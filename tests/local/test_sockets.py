"""Sockets of this process: who gets what, who is behind, who is ended; no id comes back."""

import asyncio
from math import inf
from typing import Any

import pytest

from lqe.closing import Close
from lqe.local.sockets import Socket, Sockets
from lqe.local.unread import ENOUGH, MOST_UNREAD
from lqe.ports.push import Connection

VIEW = bytes(5 * MOST_UNREAD)
LOOKS = 5


class Transport:
    """What a socket does to the library underneath: what was sent, and how much of it waits."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.waiting = 0
        self.ended: Any = ""
        self.pings = 0
        self.pongs: list[bytes] = []
        self.underlying_transport = self

    def send(self, _kind: Any, data: bytes) -> None:
        self.sent.append(data)

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def get_extra_info(self, _name: str) -> "Transport":
        return self

    def setsockopt(self, *_: Any) -> None:
        raise OSError("not on this system")

    def send_ping(self) -> None:
        self.pings += 1

    def send_pong(self, data: bytes) -> None:
        self.pongs.append(data)

    def send_close(self, code: int, reason: str) -> None:
        self.ended = (int(code), reason)

    def disconnect(self) -> None:
        pass

    def abort(self) -> None:
        self.ended = "aborted"


class Loop:
    """The running loop, as far as sockets use it: what was to be done later is done when asked."""

    def __init__(self) -> None:
        self.later: list[Any] = []

    def call_later(self, _seconds: float, act: Any, *args: Any) -> Any:
        self.later.append(lambda: act(*args))
        return self

    def cancel(self) -> None:
        self.later.clear()

    def pass_time(self, looks: int = 1) -> None:
        for _ in range(looks):
            due, self.later = self.later, []
            for act in due:
                act()


class Room:
    """Sockets, and one of them that is open."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.sockets = Sockets()
        self.caught_up: list[str] = []
        self.transport: Any = Transport()
        self.socket = self.enter()

    def enter(self, ends_at: float = inf) -> Socket:
        connection = Connection(self.sockets.new_id(), "acme", "w1", "ann", "s1")
        socket = Socket(
            connection,
            lambda *_: True,
            self.sockets.open,
            self.sockets.forget,
            lambda s: self.caught_up.append(s.connection.id),
            ends_at,
        )
        socket.on_ws_connected(self.transport)
        return socket

    @property
    def id(self) -> str:
        return self.socket.connection.id

    def fill(self, waiting: int) -> None:
        """Let so much wait that the line is full."""
        self.transport.waiting = waiting
        self.socket.pause_writing()

    def drain(self) -> None:
        self.transport.waiting = 0
        self.socket.resume_writing()


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    loop = Loop()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: loop)
    return Room(loop)


def test_a_socket_is_sent_to_until_it_is_gone(room: Room) -> None:
    room.sockets.send(room.id, b"1")
    room.socket.on_ws_disconnected(room.transport)
    room.sockets.send(room.id, b"2")
    room.sockets.spread([room.id], b"3")
    room.sockets.close(room.id, Close.TAKEN_OVER, "why")
    room.loop.pass_time(LOOKS + 1)
    assert room.transport.sent == [b"1"]
    assert not room.transport.ended


def test_a_socket_is_closed_with_a_code_and_a_reason_and_once(room: Room) -> None:
    room.sockets.close(room.id, Close.TAKEN_OVER, "why" + "é" * 100)
    room.sockets.close(room.id, Close.STOPS, "something else")
    room.sockets.send(room.id, b"after the close")
    assert room.transport.sent == []
    code, reason = room.transport.ended
    assert code == 4001
    assert reason.startswith("whyéé")
    assert len(reason.encode()) <= 123


def test_a_client_that_does_not_keep_up_gets_no_deltas_and_then_a_view(room: Room) -> None:
    room.sockets.spread([room.id], b"delta 1")
    room.fill(ENOUGH + 1)
    room.sockets.spread([room.id], b"delta 2")
    room.sockets.show(room.id, b"a view that would only wait")
    room.sockets.send(room.id, b"receipt")
    assert room.caught_up == []
    room.drain()
    assert room.caught_up == [room.id]
    room.sockets.spread([room.id], b"delta 3")
    room.sockets.show(room.id, b"view")
    room.sockets.spread([room.id], b"delta 4")
    assert room.transport.sent == [b"delta 1", b"receipt", b"view", b"delta 4"]
    assert room.sockets.deltas == 2


def test_while_one_large_view_is_on_its_way_nothing_is_lost(room: Room) -> None:
    room.sockets.show(room.id, VIEW)
    room.fill(len(VIEW))
    for waiting in (len(VIEW) + ENOUGH, len(VIEW) // 2 + ENOUGH, ENOUGH):
        room.transport.waiting = waiting
        room.sockets.spread([room.id], b"delta")
        room.sockets.send(room.id, b"receipt")
    assert room.transport.sent == [VIEW, *[b"delta", b"receipt"] * 3]
    room.drain()
    assert room.caught_up == [], "it lacks nothing: another view would be on its way for as long"
    assert not room.transport.ended


def test_of_several_views_only_one_is_on_its_way_and_the_newest_comes_after_it(room: Room) -> None:
    room.sockets.show(room.id, VIEW)
    room.fill(len(VIEW))
    room.sockets.show(room.id, b"second")
    room.sockets.spread([room.id], b"a delta that goes on from the second")
    room.sockets.show(room.id, b"third")
    assert room.transport.sent == [VIEW]
    room.drain()
    assert room.caught_up == [room.id]
    room.sockets.show(room.id, b"fourth")
    assert room.transport.sent == [VIEW, b"fourth"]


@pytest.mark.parametrize("view", [b"", VIEW])
def test_a_client_that_lets_too_much_wait_beside_a_view_is_dropped(room: Room, view: bytes) -> None:
    if view:
        room.sockets.show(room.id, view)
    room.fill(len(view) + MOST_UNREAD)
    room.sockets.send(room.id, b"x")
    assert not room.transport.ended
    room.transport.waiting += 1 + 1
    room.sockets.send(room.id, b"x")
    assert room.transport.ended == "aborted"


def test_a_client_that_says_nothing_is_asked_and_then_ended(room: Room) -> None:
    room.loop.pass_time(LOOKS)
    assert room.transport.pings > 0
    assert not room.transport.ended
    room.loop.pass_time()
    assert room.transport.ended == (1001, "nothing was heard of this client")
    room.loop.pass_time()
    assert room.transport.ended == "aborted", "it does not take the close either"


def test_a_client_that_reads_a_large_view_slowly_is_left_in_peace(room: Room) -> None:
    room.sockets.show(room.id, VIEW)
    room.fill(len(VIEW))
    while room.transport.waiting > 0:
        room.loop.pass_time(2)
        room.transport.waiting -= len(VIEW) // 10
    room.drain()
    assert not room.transport.ended
    assert not room.transport.pings


def test_a_client_that_stops_in_the_middle_of_a_view_is_ended(room: Room) -> None:
    room.sockets.show(room.id, VIEW)
    room.fill(len(VIEW) // 2)
    room.loop.pass_time(LOOKS + 1)
    assert room.transport.ended == "aborted"


def test_a_socket_ends_with_its_token(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr("lqe.local.sockets.monotonic", lambda: now[0])
    room.socket = room.enter(ends_at=now[0] + 100.0)
    room.loop.pass_time()
    assert not room.transport.ended
    now[0] += 100.0
    room.loop.pass_time()
    code, reason = room.transport.ended
    assert (code, "fresh" in reason) == (Close.TOKEN_ENDED, True)


def test_who_does_not_read_gets_one_pong_for_all_pings_when_he_does(room: Room) -> None:
    room.socket._answer(b"1")
    room.fill(ENOUGH)
    room.socket._answer(b"2")
    room.socket._answer(b"3")
    assert room.transport.pongs == [b"1"]
    room.drain()
    assert room.transport.pongs == [b"1", b"3"]


def test_no_two_sockets_have_one_id(room: Room) -> None:
    room.sockets.forget(room.socket)
    assert room.enter().connection.id != room.id
