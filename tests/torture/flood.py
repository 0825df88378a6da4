"""Floods: frames that cost their sender nothing, as fast as the socket takes them."""

import asyncio
import contextlib

from tests.torture.frames import CONTINUATION, PING, PONG, TEXT, frame
from tests.torture.raw import Raw

# What begins each flood, and what is sent again and again.
_FLOODS = (
    (b"", frame(bytes(125), PING) * 200),
    (b"", frame(b"", PONG) * 2_000),
    (frame(b"", TEXT, fin=False), frame(b"", CONTINUATION, fin=False) * 2_000),
    (b"", frame(b"", PING) * 2_000),
)


def flood(url: str, world: str, count: int, seconds: float) -> float:
    """Send from so many connections, which never read, for a while; return how many MB went out."""

    async def all_of_them() -> list[int]:
        return await asyncio.gather(*(_one(url, world, number, seconds) for number in range(count)))

    return sum(asyncio.run(all_of_them())) / 1e6


async def _one(url: str, world: str, number: int, seconds: float) -> int:
    raw = await Raw.open(url, world, f"flood-{number}")
    raw.stop_reading()
    begun, again = _FLOODS[number % len(_FLOODS)]
    sent = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await raw.send(begun)
            while True:
                await raw.send(again)
                sent += len(again)
                await asyncio.sleep(0)
    raw.abort()
    return sent
