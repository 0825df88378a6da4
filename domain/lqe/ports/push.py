"""The push port: who is connected to a world, and the best-effort way of telling them."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from lqe.closing import Close


class Connection(msgspec.Struct, frozen=True):
    """One open socket: its id, and whose it is; `asks` if it waits for a fold's whole view.

    It ends at `until_us`, with its token; 0 is never.
    """

    id: str
    tenant: str
    world: str
    player: str
    session: str
    asks: bool = False
    until_us: int = 0


class Connections(Protocol):
    """Open sockets by world."""

    def of(self, tenant: str, world: str) -> Sequence[Connection]:
        """Return the connections of a world, in the order they came."""

    def add(self, connection: Connection, now_us: int) -> None:
        """Take in a connection that was just opened."""

    def remove(self, connection: Connection) -> None:
        """Forget a connection; one that is not known is forgotten already."""

    def heard(self, connection: Connection, now_us: int) -> bool:
        """Note that a client is there, and say whether it was noted now and not lately.

        To the nearest `HEARD_EVERY_US` is enough.
        """

    def ask(self, connection: Connection) -> None:
        """Let the next thing that a fold tells a connection be its whole view."""

    def answered(self, connection: Connection) -> None:
        """Note that a connection has its view."""

    def awake(self, tenant: str, world: str, since_us: int) -> bool:
        """Say whether anybody in a world was heard since then."""


class Push(Protocol):
    """Sends to sockets, at once or not at all; what is lost, its receiver can ask for."""

    def send(self, connection: str, data: bytes) -> None:
        """Send if it can be done at once; never raise, never repeat."""

    def close(self, connection: str, code: Close, reason: str) -> None:
        """End a connection, after its client was told why; never raise."""


class Display(Push, Protocol):
    """Also shows worlds: whole views, and deltas that go on from them.

    A client that does not keep up is passed over by deltas, and gets a view once it does again.
    """

    def show(self, connection: str, data: bytes) -> None:
        """Send a whole view; deltas go on from it."""

    def spread(self, connections: Sequence[str], data: bytes) -> None:
        """Send one delta to all of them; its receivers find a lost one as a gap in positions."""


HEARD_EVERY_US = 20_000_000
