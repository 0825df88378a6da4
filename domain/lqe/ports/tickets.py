"""The tickets port: who may open one socket, handed out over HTTP and taken back by the socket."""

from typing import Final, Protocol

import msgspec

TICKET_LIFE_US: Final = 60_000_000
# Clocks differ: a token is good for so much longer than it says, and so is its socket.
TOKEN_GRACE_US: Final = 30_000_000


class Grant(msgspec.Struct, frozen=True):
    """Whose socket a ticket opens, and when it ends: with the token that it was asked for with.

    0 is never.
    """

    tenant: str
    world: str
    player: str
    session: str
    until_us: int = 0

    def is_good(self, now_us: int) -> bool:
        """Say whether a socket may be opened by it."""
        return not self.until_us or now_us < self.until_us


class Tickets(Protocol):
    """Hands out tickets that nobody can guess, each good for one socket within its life."""

    def issue(self, grant: Grant, now_us: int) -> str:
        """Return a new ticket, of characters that need no quoting in an address."""

    def redeem(self, ticket: str, now_us: int) -> Grant | None:
        """Return what a ticket grants and forget it; None if it is unknown, used or too old."""
