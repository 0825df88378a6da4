"""The push port: who is connected to a world, and the best-effort way of telling them."""

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Connection(msgspec.Struct, frozen=True):
    """One open socket: its id, and whose it is."""

    id: str
    tenant: str
    world: str
    player: str
    session: str


class Connections(Protocol):
    """Open sockets by world."""

    def of(self, tenant: str, world: str) -> Sequence[Connection]:
        """Return the connections of a world, in the order they came."""


class Push(Protocol):
    """Sends to sockets; a lost message is found by its receiver, as a gap in positions."""

    def send(self, connection: str, data: bytes) -> None:
        """Send if it can be done at once; never raise, never repeat."""
