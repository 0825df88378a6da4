"""Waiting for what comes in its own time, on a machine of any speed."""

import asyncio
from collections.abc import Callable

_WAIT_S = 60.0


async def until(what: Callable[[], bool], pause_s: float = 0.05) -> None:
    """Wait until something is so."""
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + _WAIT_S
    while not what():
        assert loop.time() < ends_at, "it did not come"
        await asyncio.sleep(pause_s)
