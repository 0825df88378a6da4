"""A worker's ways to the server: what is pushed, queued or reported goes over the link."""

from collections.abc import Callable, Sequence
from typing import Final

from lqe.closing import Close
from lqe.errors import Damaged, ViewFailed
from lqe.ports.bus import Published
from lqe.ports.intake import Message

from .link import Ended, Happened, Queued, Shown, Spread, Stands, Told, ToServer, ViewFails

_FLUSH_AT: Final = 200
_FLUSH_BYTES: Final = 1 << 20


class Outbox:
    """Collects what a worker has to say, and sends it together."""

    def __init__(self, write: Callable[[Sequence[ToServer]], None]) -> None:
        self._write = write
        self._waiting: list[ToServer] = []
        self._bytes = 0

    def say(self, message: ToServer, size: int = 0) -> None:
        """Let the server hear a message, with the next flush at the latest.

        `size` says how many bytes it carries, if those may be many.
        """
        self._waiting.append(message)
        self._bytes += size
        if len(self._waiting) >= _FLUSH_AT or self._bytes >= _FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Send what waits."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._bytes = 0
            self._write(waiting)

    def report(self, tenant: str, world: str, error: BaseException) -> None:
        """Say that something is wrong with a world, its tenant, or only with what is seen of it."""
        said = str(error) or repr(error)
        if isinstance(error, ViewFailed):
            self.say(ViewFails(tenant, world, said))
        else:
            self.say(Stands(tenant, world, said, of_tenant=isinstance(error, Damaged)))

    def observe(self, signal: Published) -> None:
        """Hand a signal on to the observers in the server's process."""
        self.say(Happened([signal]))


class LinkDisplay:
    """The display port: the server has the sockets."""

    def __init__(self, outbox: Outbox) -> None:
        self._say = outbox.say

    def send(self, connection: str, data: bytes) -> None:
        """Send a message to one connection."""
        self._say(Told(connection, data), len(data))

    def show(self, connection: str, data: bytes) -> None:
        """Send a whole view; deltas go on from it."""
        self._say(Shown(connection, data), len(data))

    def spread(self, connections: Sequence[str], data: bytes) -> None:
        """Send one delta to all of them."""
        self._say(Spread(connections, data), len(data))

    def close(self, connection: str, code: Close, reason: str) -> None:
        """Let a connection be closed."""
        self._say(Ended(connection, code, reason))


class LinkIntake:
    """The intake port: the server's queue is the only way into a log."""

    def __init__(self, outbox: Outbox) -> None:
        self._say = outbox.say

    def send(self, messages: Sequence[Message]) -> None:
        """Queue the messages, in order."""
        self._say(Queued(messages))
