"""Open HTTP connections, in bounded number and with bounded memory: over all, and by address.

A socket that was opened is none of them any more: whoever has one has shown a ticket.
"""

from collections.abc import Callable
from time import monotonic
from typing import Final, Protocol

MAX_CONNECTIONS: Final = 8_192
MAX_OF_ONE_ADDRESS: Final = 1_024
MAX_HELD_BYTES: Final = 32 * 1024 * 1024
_READ_BYTES: Final = 64 * 1024
# Whoever was connected just now has had no chance yet to ask for anything.
_PATIENCE_S: Final = 1.0


class Idle(Protocol):
    """A connection that can be ended while it waits for a request, or for the rest of one."""

    def end(self) -> None:
        """End it: somebody else needs its place."""


class HttpConnections:
    """Who is connected, and who waits, the longest first.

    Where there is no place left, the one that has waited longest loses its own. All read into one
    `buffer`, and take out of it at once what they read: a large body is read at one stroke.
    """

    def __init__(
        self,
        *,
        most: int = MAX_CONNECTIONS,
        most_of_one: int = MAX_OF_ONE_ADDRESS,
        most_held: int = MAX_HELD_BYTES,
        now_s: Callable[[], float] = monotonic,
    ) -> None:
        self.buffer = bytearray(_READ_BYTES)
        self._most = most
        self._most_of_one = most_of_one
        self._most_held = most_held
        self._now_s = now_s
        self._address: dict[Idle, str] = {}
        self._waiting: dict[Idle, float] = {}
        self._waiting_of: dict[str, dict[Idle, None]] = {}
        self._number_of: dict[str, int] = {}
        self._held: dict[Idle, int] = {}
        self._all_held = 0

    def __len__(self) -> int:
        return len(self._address)

    def enter(self, connection: Idle, address: str) -> bool:
        """Take a connection in, if need be in place of another; say whether there was a place.

        Those of the address "" are many's, and bounded with all the others alone.
        """
        too_many = bool(address) and self._number_of.get(address, 0) >= self._most_of_one
        if too_many and not self._end_one(self._waiting_of.get(address, {})):
            return False
        if len(self._address) >= self._most and not self._end_one(self._waiting):
            return False
        self._address[connection] = address
        self._number_of[address] = self._number_of.get(address, 0) + 1
        self.waits(connection)
        return True

    def waits(self, connection: Idle) -> None:
        """Note that a connection waits for a request from now on."""
        address = self._address.get(connection)
        if address is not None:
            self._forget_waiting(connection, address)
            self._waiting[connection] = self._now_s()
            self._waiting_of.setdefault(address, {})[connection] = None

    def works(self, connection: Idle) -> None:
        """Note that a request of a connection is being answered."""
        address = self._address.get(connection)
        if address is not None:
            self._forget_waiting(connection, address)

    def holds(self, connection: Idle, size: int) -> None:
        """Note how many bytes are held for a connection; if all are too many, others end that wait.

        What one holds alone is bounded by what it may send, and by what it may be answered.
        """
        if connection not in self._address:
            return
        self._all_held += size - self._held.pop(connection, 0)
        if size:
            self._held[connection] = size
        while self._all_held > self._most_held:
            others = (each for each in self._held if each is not connection)
            oldest = next((each for each in others if each in self._waiting), None)
            if oldest is None:
                return
            oldest.end()

    def leave(self, connection: Idle) -> None:
        """Let a connection go; one that is not known is gone already."""
        address = self._address.pop(connection, None)
        if address is None:
            return
        self._all_held -= self._held.pop(connection, 0)
        self._forget_waiting(connection, address)
        self._number_of[address] -= 1
        if not self._number_of[address]:
            del self._number_of[address]

    def end_all(self) -> None:
        """End all that are there."""
        for connection in list(self._address):
            connection.end()

    def _end_one(self, waiting: "dict[Idle, float] | dict[Idle, None]") -> bool:
        oldest = next(iter(waiting), None)
        if oldest is None or self._now_s() - self._waiting[oldest] < _PATIENCE_S:
            return False
        oldest.end()
        return True

    def _forget_waiting(self, connection: Idle, address: str) -> None:
        self._waiting.pop(connection, None)
        others = self._waiting_of.get(address)
        if others is not None:
            others.pop(connection, None)
            if not others:
                del self._waiting_of[address]
