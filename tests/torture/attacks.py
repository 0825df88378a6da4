"""What strangers, and players of one tenant, do to a server at the cost of the others.

Each attack is `attack(url, seconds)` and returns how much of it went through.
"""

import asyncio
import contextlib
import itertools
import os
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from tests.torture.asking import ask, ticket
from tests.torture.player import Player

TENANT: Final = "a"
_NICE: Final = 10
_AT_ONCE: Final = 8
_HEAD_KB: Final = 120
_SOCKETS: Final = 20
# What an attacker meets that is refused: a connection that ends, an answer that says no.
_REFUSED: Final = (OSError, TimeoutError, ValueError, IndexError, EOFError)
Attack = Callable[[str, float], Coroutine[Any, Any, int]]


def run(name: str, url: str, seconds: float) -> int:
    """Attack in this process, which gives way to others: it is not what is measured."""
    os.nice(_NICE)
    return asyncio.run(ATTACKS[name](url, seconds))


async def _again(seconds: float, once: Callable[[int], Awaitable[int]]) -> int:
    """Do something again and again, several at once; return the sum of what it returned."""
    numbers, done = itertools.count(), 0

    async def on_and_on() -> None:
        nonlocal done
        while True:
            try:
                done += await once(next(numbers))
            except _REFUSED:
                await asyncio.sleep(0.01)

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.gather(*(on_and_on() for _ in range(_AT_ONCE)))
    return done


async def pipelining(url: str, seconds: float) -> int:
    """Ask for documents without reading an answer, as fast as the socket takes it."""
    parts = urlsplit(url)
    asked = f"GET /v1/openapi.json HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode() * 200

    async def once(_: int) -> int:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        sent = 0
        try:
            while not writer.is_closing():
                writer.write(asked)
                await writer.drain()
                sent += len(asked)
        finally:
            writer.transport.abort()
        return sent

    return await _again(seconds, once)


async def big_heads(url: str, seconds: float) -> int:
    """Send heads of requests that are far larger than may be."""
    parts = urlsplit(url)
    head = b"GET /v1/health HTTP/1.1\r\nHost: x\r\n" + b"a:b\r\n" * (_HEAD_KB * 1024 // 5) + b"\r\n"

    async def once(_: int) -> int:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            writer.write(head)
            await reader.read(100)
        finally:
            writer.transport.abort()
        return 1

    return await _again(seconds, once)


async def documents(url: str, seconds: float) -> int:
    """Ask for whatever there is to read, in a loop."""
    paths = ("/v1/openapi.json", "/v1/asyncapi.json", "/v1/metrics", "/v1/scenario", "/v1/worlds")

    async def once(number: int) -> int:
        status, _ = await ask(url, "GET", paths[number % len(paths)])
        return status == 200

    return await _again(seconds, once)


async def worlds(url: str, seconds: float) -> int:
    """Open worlds, each by a ticket and a socket of one player."""
    return await _again(seconds, lambda number: _come_and_go(url, f"h-{number}", "ann"))


async def joins(url: str, seconds: float) -> int:
    """Come and go in one world, under ever new names."""
    return await _again(seconds, lambda number: _come_and_go(url, "w0", f"j{number}"))


async def _come_and_go(url: str, world: str, name: str) -> int:
    player = Player(world, name, tenant=TENANT)
    try:
        await player.connect(url)
    finally:
        player.leave()
    return 1


async def tickets(url: str, seconds: float) -> int:
    """Take tickets and use none."""

    async def once(number: int) -> int:
        await ticket(url, {"tenant": TENANT, "world": "w0", "player": f"t{number}"})
        return 1

    return await _again(seconds, once)


async def sockets(url: str, seconds: float) -> int:
    """Play on many sockets of one player as fast as they take it."""
    players = [Player(f"w{n % 4}", "ann", tenant=TENANT) for n in range(_SOCKETS)]
    for number, player in enumerate(players):
        player.session = f"s{number}"
        with contextlib.suppress(*_REFUSED):
            await player.connect(url)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                for player in players:
                    player.order(("add", {"points": 1}))
                    await asyncio.sleep(0.0005)
    recorded = sum(len(p.receipts) for p in players)
    for player in players:
        player.leave()
    return recorded


ATTACKS: Final[Mapping[str, Attack]] = MappingProxyType(
    {
        "pipelining": pipelining,
        "big_heads": big_heads,
        "documents": documents,
        "worlds": worlds,
        "joins": joins,
        "tickets": tickets,
        "sockets": sockets,
    }
)
