"""What waits for a client that reads slowly: one view at most, and little beside it."""

import asyncio
import contextlib
import socket
from typing import Final

# Beside a view that is on its way, in bytes: beyond the first no more deltas, beyond the second
# the client is dropped.
ENOUGH: Final = 64 * 1024
MOST_UNREAD: Final = 256 * 1024
# What the system may hold of a socket that the network has not taken yet.
_HELD: Final = 64 * 1024
_NOT_SENT: Final[int | None] = getattr(socket, "TCP_NOTSENT_LOWAT", None)


class Unread:
    """Counts what was sent, so that what waits can be told apart; `sent` is in bytes.

    Heads of frames are not counted: what was read is never overestimated.
    """

    def __init__(self) -> None:
        self.sent = 0
        self._view = range(0)
        self._read = 0

    def shows(self, size: int) -> None:
        """Note that the next message is a view."""
        self._view = range(self.sent, self.sent + size)

    def beside(self, waiting: int) -> int:
        """Return how much of what waits is no part of the view."""
        left = self._view.stop - max(self.sent - waiting, self._view.start)
        return waiting - max(0, left)

    def has_enough(self, waiting: int) -> bool:
        """Say whether a delta more would only wait."""
        return self.beside(waiting) > ENOUGH

    def has_too_much(self, waiting: int) -> bool:
        """Say whether nothing more may wait."""
        return self.beside(waiting) > MOST_UNREAD

    def is_read(self, waiting: int) -> bool:
        """Say whether less waits of what was sent than when this was last asked."""
        before, self._read = self._read, self.sent - waiting
        return self._read > before


def hold_little(transport: asyncio.Transport) -> None:
    """Let the system hold little for a client, where it can be told to.

    What it holds by itself, megabytes, cannot be taken back when it is out of date, and hides for
    minutes whether a slow client reads.
    """
    if _NOT_SENT is not None:
        with contextlib.suppress(OSError):
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, _NOT_SENT, _HELD)
