"""Worlds whose opening was sent to the log and is not stored yet, and who waits to hear of it."""

from asyncio import Future, get_running_loop
from typing import Final

from lqe.errors import Overloaded, Unavailable

# An opening that cannot be stored is tried again until it can be: it has to be kept meanwhile. So
# many of one tenant are: one whose disk is full takes no other's places.
_MOST: Final = 200
Key = tuple[str, str]


class Openings:
    """Sends no opening twice, and says of each world to one alone that it opened it."""

    def __init__(self) -> None:
        self._waiting: dict[Key, list[Future[bool]]] = {}

    def __contains__(self, key: Key) -> bool:
        return key in self._waiting

    def count(self, tenant: str) -> int:
        """Return how many worlds of a tenant are on their way."""
        return sum(key[0] == tenant for key in self._waiting)

    def begin(self, key: Key) -> bool:
        """Note that a world is to be opened; say False if its opening was sent before.

        Raises Overloaded if too many of its tenant were sent and are not stored.
        """
        if key in self._waiting:
            return False
        if self.count(key[0]) >= _MOST:
            reason = f"{_MOST} worlds of {key[0]} wait to be opened already"
            raise Overloaded(f"{reason}: try again in a moment")
        self._waiting[key] = []
        return True

    def wait(self, key: Key) -> Future[bool]:
        """Return what says that a world which was begun is stored: True to the first who waits.

        Unavailable if it could not be stored at the first try.
        """
        future: Future[bool] = get_running_loop().create_future()
        here = [other for other in self._waiting.get(key, ()) if not other.done()]
        self._waiting[key] = [*here, future]
        return future

    def stored(self, key: Key) -> None:
        """Tell who waits that the world is there."""
        first = True
        for future in self._waiting.pop(key, ()):
            if not future.done():  # else whoever waited has gone
                future.set_result(first)
                first = False

    def failed(self, tenant: str, world: str | None = None) -> None:
        """Tell who waits for a tenant's worlds that they cannot be stored now.

        Their openings are tried again; that of one `world` alone was dropped.
        """
        for key in [k for k in self._waiting if k[0] == tenant and world in (None, k[1])]:
            waiting, self._waiting[key] = self._waiting[key], []
            if world is not None:
                del self._waiting[key]
            for future in waiting:
                if not future.done():
                    future.set_exception(Unavailable(f"{key[1]} cannot be stored now"))
