"""What the server and a fold worker say to each other: MessagePack, over one pair of sockets."""

import signal
from collections.abc import Iterable, Iterator, Sequence
from struct import Struct
from typing import Any, Final, Generic, TypeVar

import msgspec

from lqe.closing import Close
from lqe.errors import LedgerQuestError
from lqe.handlers.append.handler import Appended
from lqe.ports.bus import Published
from lqe.ports.intake import Message
from lqe.ports.push import Connection

_LENGTH: Final = Struct("<I")
# Several messages travel as one; this only bounds what a broken peer can make us allocate.
_MOST_BYTES: Final = 1 << 28
# How a worker exits that was told what it does not understand: no world of it is to blame.
GARBLED: Final = 3
# Beside the link: lets a worker say in which line it is, also in the middle of a call into C.
WHERE: Final = signal.SIGUSR1


class Garbled(LedgerQuestError):
    """What came over the link is none of its messages: nothing that follows can be trusted."""


class Start(msgspec.Struct, frozen=True):
    """What a worker is started with: the data folder, and whether its signals are wanted.

    The server's steady clock began at `clock_began_us`: a worker's agrees with it. It may take
    `most_bytes` of memory (0: any), folds worlds that have to be tried `alone` or leaves them, and
    ends with its `parent` (0: whoever that is).
    """

    folder: str
    observed: bool
    clock_began_us: int
    most_bytes: int = 0
    alone: bool = False
    parent: int = 0


class Opened(msgspec.Struct, frozen=True, tag=True):
    """A connection of one of the worker's worlds."""

    connection: Connection


class Closed(msgspec.Struct, frozen=True, tag=True):
    """A connection that is gone."""

    connection: Connection


class Stored(msgspec.Struct, frozen=True, tag=True):
    """Events that are durable since `at_us`; with none, a world is to be folded up to `first`."""

    appended: Appended
    at_us: int


class ViewNeeded(msgspec.Struct, frozen=True, tag=True):
    """A connection is to have its whole view."""

    connection: Connection


class Finish(msgspec.Struct, frozen=True, tag=True):
    """Fold what was stored before this, let everything out, and end."""


class Told(msgspec.Struct, frozen=True, tag=True):
    """A message for one connection."""

    connection: str
    data: bytes


class Shown(msgspec.Struct, frozen=True, tag=True):
    """A whole view for one connection."""

    connection: str
    data: bytes


class Spread(msgspec.Struct, frozen=True, tag=True):
    """One delta for many connections."""

    connections: Sequence[str]
    data: bytes


class Ended(msgspec.Struct, frozen=True, tag=True):
    """A connection that is to be closed, for a reason."""

    connection: str
    code: Close
    reason: str


class Queued(msgspec.Struct, frozen=True, tag=True):
    """Messages for the intake."""

    messages: Sequence[Message]


class Stands(msgspec.Struct, frozen=True, tag=True):
    """Something is wrong with a world, or with its tenant; in most cases it stands still."""

    tenant: str
    world: str
    reason: str
    of_tenant: bool = False


class ViewFails(msgspec.Struct, frozen=True, tag=True):
    """A view of a world cannot be made; the world goes on. It is said again while it is so."""

    tenant: str
    world: str
    reason: str


class Behind(msgspec.Struct, frozen=True, tag=True):
    """Whether so much of a world waits to be folded that its players have to wait as well."""

    tenant: str
    world: str
    is_behind: bool


class Apart(msgspec.Struct, frozen=True, tag=True):
    """A world that ended a process before: it has to be tried alone first, and is left."""

    tenant: str
    world: str


class InForce(msgspec.Struct, frozen=True, tag=True):
    """The scenario by whose commands a world is played from now on."""

    tenant: str
    world: str
    digest: str


class Over(msgspec.Struct, frozen=True, tag=True):
    """A world is closed, for a reason that is told to whoever is disconnected."""

    tenant: str
    world: str
    reason: str


class Happened(msgspec.Struct, frozen=True, tag=True):
    """Signals, for observers in the server's process."""

    signals: Sequence[Published]


class Figures(msgspec.Struct, frozen=True, tag=True):
    """What a worker did since it said so last; `lags_us` are times from durable to folded."""

    events: int
    lags_us: Sequence[int]


class Finished(msgspec.Struct, frozen=True, tag=True):
    """The worker has done what `Finish` wanted, and ends."""


ToWorker = Opened | Closed | Stored | ViewNeeded | Finish
AboutWorld = Stands | ViewFails | Apart | Behind | InForce | Over | Happened
ToServer = Told | Shown | Spread | Ended | Queued | AboutWorld | Figures | Finished
_encode = msgspec.msgpack.Encoder().encode


def about(message: ToServer) -> str:
    """Say in words what a message is and whom it is about."""
    names = ("tenant", "world", "connection")
    whom = [f"{name} {getattr(message, name)}" for name in names if hasattr(message, name)]
    return f"{type(message).__name__} ({', '.join(whom)})" if whom else type(message).__name__


def pack(messages: Iterable[ToWorker | ToServer]) -> bytes:
    """Return messages as the bytes that go over the link."""
    body = _encode(list(messages))
    return _LENGTH.pack(len(body)) + body


M = TypeVar("M")


class Unpacker(Generic[M]):
    """Takes bytes as they come and yields the messages of one kind that are complete.

    Raises Garbled for what is none.
    """

    def __init__(self, kind: Any) -> None:
        self._decode = msgspec.msgpack.Decoder(list[kind]).decode
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Sequence[M]]:
        """Yield each group of messages that was sent together."""
        buffer = self._buffer
        buffer += data
        start = 0
        while len(buffer) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(buffer, start)
            if length > _MOST_BYTES:
                raise Garbled(f"expected at most {_MOST_BYTES} bytes at once, got {length}")
            end = start + _LENGTH.size + length
            if len(buffer) < end:
                break
            yield self._group(bytes(buffer[start + _LENGTH.size : end]))
            start = end
        if start:
            del buffer[:start]

    def _group(self, data: bytes) -> Sequence[M]:
        try:
            return self._decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Garbled(f"{len(data)} bytes are none of its messages: {error}") from None
