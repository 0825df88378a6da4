"""A server that may open no more files goes on with those it has, and recovers by itself."""

import asyncio
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.torture.asking import ask
from tests.torture.player import Player
from tests.torture.process import ServerProcess

FILES = 60
WITHIN_S = 30.0


async def until(what: Callable[[], bool]) -> None:
    for _ in range(int(WITHIN_S / 0.05)):
        if what():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come")


async def take_all_room(url: str) -> list[asyncio.StreamWriter]:
    parts = urlsplit(url)
    taken = []
    for _ in range(2 * FILES):
        _, writer = await asyncio.open_connection(parts.hostname, parts.port)
        taken.append(writer)
    return taken


async def scene(server: ServerProcess) -> None:
    ann = Player("w1", "ann")
    await ann.connect(server.url)
    ann.order(("add", {"points": 1}))
    await until(lambda: len(ann.outcomes) == 1)
    taken = await take_all_room(server.url)
    ann.order(("add", {"points": 1}))
    await until(lambda: len(ann.receipts) == 2)
    # No room for the link to a new worker either: it is tried until there is.
    os.kill(server.workers()[0], signal.SIGKILL)
    await asyncio.sleep(1.0)
    ann.order(("add", {"points": 1}))
    await until(lambda: len(ann.receipts) == 3)
    for writer in taken:
        writer.close()
    await until(lambda: len(server.workers()) == 1)
    await until(lambda: len(ann.outcomes) == 3)
    status, _ = await ask(server.url, "GET", "/v1/health")
    assert status == 200
    ann.leave()


def test_with_no_room_for_more_files_the_server_goes_on_and_recovers(tmp_path: Path) -> None:
    prlimit = shutil.which("prlimit")
    if prlimit is None:
        pytest.skip("there is no prlimit on this machine")
    server = ServerProcess(tmp_path / "data", options=["--workers", "1"])
    server.start([prlimit, f"--nofile={FILES}:{FILES}"])
    try:
        asyncio.run(scene(server))
        assert server.stop() == 0
    finally:
        server.end()
    assert server.complaints() == ""
