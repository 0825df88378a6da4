"""What the server and its workers say to each other; whoever says something else is ended."""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from lqe.local.link import (
    GARBLED,
    Apart,
    Finish,
    Finished,
    Garbled,
    Shown,
    Start,
    ToServer,
    Unpacker,
    about,
    pack,
)
from lqe.local.outbox import LinkDisplay, Outbox
from lqe.local.process import WorkerProcess
from lqe.local.worker import Inbox
from tests.waiting import until

LENGTH_S = 4
BABBLES = """
import os, sys, time
os.write(int(sys.argv[1]), bytes.fromhex(sys.argv[2]))
time.sleep(600)
"""


def frame(body: bytes, length: int | None = None) -> bytes:
    return (len(body) if length is None else length).to_bytes(LENGTH_S, "little") + body


GARBAGE = [
    frame(b"\xc1"),
    frame(b"\xc1" * 1_000),
    frame(msgspec.msgpack.encode([{"type": "Unheard"}])),
    frame(msgspec.msgpack.encode([{"type": "Apart", "tenant": 5, "world": "w"}])),
    frame(b"\x91" * 100_000),
    frame(b"", 1 << 31),
]


def unpacker() -> Unpacker[ToServer]:
    return Unpacker(ToServer)


def test_messages_come_whole_however_they_are_cut() -> None:
    first: list[ToServer] = [Apart("acme", "w1"), Finished()]
    second: list[ToServer] = [Apart("acme", "w2")]
    data = pack(first) + pack(second)
    reads = unpacker()
    groups = [list(group) for byte in data for group in reads.feed(bytes([byte]))]
    assert groups == [first, second]
    assert [list(group) for group in unpacker().feed(data)] == [first, second]


@pytest.mark.parametrize("data", GARBAGE)
def test_what_is_no_message_is_garbled(data: bytes) -> None:
    with pytest.raises(Garbled):
        list(unpacker().feed(data))


def test_what_came_before_it_is_heard() -> None:
    groups = unpacker().feed(pack([Finished()]) + GARBAGE[0])
    assert next(groups) == [Finished()]
    with pytest.raises(Garbled):
        next(groups)


@pytest.mark.parametrize("data", GARBAGE)
def test_a_worker_that_hears_garbage_ends_and_is_not_deaf(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(code: int) -> None:
        raise SystemExit(code)

    monkeypatch.setattr(os, "_exit", leave)
    ours, theirs = socket.socketpair()
    inbox = Inbox(theirs)
    ours.sendall(pack([Finish()]) + data)
    with ours, theirs, pytest.raises(SystemExit) as left:
        inbox.listen()
    assert left.value.code == GARBLED
    assert inbox.take(0) == [Finish()]


def test_a_message_says_whom_it_is_about() -> None:
    assert about(Apart("acme", "w1")) == "Apart (tenant acme, world w1)"
    assert about(Shown("c1", b"{}")) == "Shown (connection c1)"
    assert about(Finished()) == "Finished"


def test_what_is_large_waits_for_no_company() -> None:
    sent: list[int] = []
    display = LinkDisplay(Outbox(lambda messages: sent.append(len(messages))))
    for size in (10, 10, 1 << 20, 10):
        display.show("c1", bytes(size))
    assert sent == [3]


class Babbling(WorkerProcess):
    """A worker that says what it was never told to say."""

    says = b""

    def _spawn(self, link: int, mark: int) -> "subprocess.Popen[bytes]":
        code = [sys.executable, "-c", BABBLES, str(link), self.says.hex()]
        return subprocess.Popen(code, pass_fds=[link, mark], stdin=subprocess.DEVNULL)


def test_a_worker_that_says_garbage_is_ended_and_the_server_is_not(tmp_path: Path) -> None:
    async def scene() -> None:
        heard: list[ToServer] = []
        lost: list[bool] = []
        start = Start(str(tmp_path), observed=False, clock_began_us=0)
        process = Babbling(start, heard.append, lambda: lost.append(True))
        process.says = pack([Apart("acme", "w1")]) + GARBAGE[0]
        await process.begin([])
        await until(lambda: bool(lost))
        death = process.death()
        assert heard == [Apart("acme", "w1")]
        assert death.how.startswith("said what nobody understands")
        assert not process.runs

    asyncio.run(scene())
