"""Worlds that are over: their time stands still, and after a while nobody is connected to them."""

import asyncio
from collections.abc import Callable
from typing import Final

from lqe.closing import Close

from .sockets import Sockets

# So long everybody can look at how it ended; who comes later gets that view and is let go.
STAY_S: Final = 10.0
Key = tuple[str, str]


class Endings:
    """Parts the worlds that are over from their sockets; its loop's thread alone may use it."""

    def __init__(
        self, sockets: Sockets, stand_still: Callable[[str, str], None], *, stay_s: float = STAY_S
    ) -> None:
        self._sockets = sockets
        self._stand_still = stand_still
        self._stay_s = stay_s
        self._over: dict[Key, str] = {}
        self._waiting: dict[Key, list[asyncio.Future[None]]] = {}

    def __contains__(self, key: Key) -> bool:
        return key in self._over

    def wait(self, key: Key) -> asyncio.Future[None]:
        """Return what is done when the end of a world is stored."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        here = [other for other in self._waiting.get(key, ()) if not other.done()]
        self._waiting[key] = [*here, future]
        return future

    def stored(self, key: Key) -> None:
        """Tell who waits that the end of a world is in its log."""
        for future in self._waiting.pop(key, ()):
            if not future.done():  # else whoever waited has gone
                future.set_result(None)

    def ended(self, tenant: str, world: str, reason: str) -> None:
        """Let a world's time stand still, and its sockets go when they have been told."""
        self._over[tenant, world] = reason
        self._stand_still(tenant, world)
        asyncio.get_running_loop().call_later(self._stay_s, self._part, (tenant, world))

    def _part(self, key: Key) -> None:
        for connection in self._sockets.of(*key):
            self._sockets.close(connection.id, Close.WORLD_OVER, self._over[key])
