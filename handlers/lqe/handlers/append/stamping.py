"""From messages to one commit: each event gets the world's next tick, time and position."""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from lqe.clock import Stamp, next_stamp
from lqe.codec import Codec
from lqe.errors import LimitExceeded
from lqe.events import BOOKKEEPING, AnyEvent, CommandSubmitted, WorldOpened, event_name
from lqe.ports.intake import Message
from lqe.ports.log import Commit, Origin
from lqe.wire import Rejected

# A commit has to fit an item of DynamoDB (400 KB) also when nothing in it can be compressed.
MAX_COMMIT_BYTES: Final = 256 * 1024
# What a log says of the time is so close to the clock's; what is left over of ticks is less.
_TRUE_TO_US: Final = 500_000


class Head(msgspec.Struct, frozen=True):
    """The end of a world's log, as the appender knows it.

    `steady_us` is what its steady clock said at the stamp, if it has one and wrote that itself.
    """

    position: int
    stamp: Stamp
    tick_us: int
    max_idle_ticks: int
    steady_us: int | None = None


class Now(msgspec.Struct, frozen=True):
    """What the clocks say: the time since 1970, and a steady one where there is a single writer."""

    at_us: int
    steady_us: int | None = None


class Rejection(msgspec.Struct, frozen=True):
    """A message that is not stored, and why."""

    message: Message
    code: str
    reason: str

    def answer(self) -> bytes:
        """Return what its sender hears."""
        first = self.message.events[0]
        seq = first.seq if isinstance(first, CommandSubmitted) else None
        return msgspec.json.encode(Rejected(self.code, self.reason, seq))


class Stamped(msgspec.Struct, frozen=True):
    """What is to be stored of some messages, and the head that the log has then.

    `taken` counts the messages that are settled with this commit: those `stored` in it, those
    `rejected`, and openings of a world that is open.
    """

    world: str
    head: Head | None
    stored: Sequence[Message]
    rejected: Sequence[Rejection]
    events: Sequence[AnyEvent]
    encoded: Sequence[bytes]
    first: int
    taken: int

    def commit(self) -> Commit:
        """Return the commit of these events."""
        last = self.events[-1]
        return Commit(
            self.world,
            self.first,
            [event_name(e) for e in self.events],
            self.encoded,
            last.tick,
            last.at_us,
            [Origin(m.id, len(m.events)) for m in self.stored],
        )


class Stamper:
    """Gives events their place in the log of one world, message by message, as many as fit."""

    def __init__(self, codec: Codec, now: Now) -> None:
        self._codec = codec
        self._now = now

    def stamp(self, world: str, head: Head | None, messages: Sequence[Message]) -> Stamped:
        """Return the next commit: the messages from the first on, as many as fit."""
        first = 0 if head is None else head.position + 1
        stored: list[Message] = []
        rejected: list[Rejection] = []
        events: list[AnyEvent] = []
        encoded: list[bytes] = []
        size = taken = 0
        for message in messages:
            opening = isinstance(message.events[0], WorldOpened)
            if head is None and not opening:
                rejected.append(Rejection(message, "no_world", f"there is no world {world!r}"))
            elif head is None or not opening:
                after, stamped = self._events(head, message)
                try:
                    data = self._encoded(stamped)
                except LimitExceeded as error:
                    rejected.append(Rejection(message, "too_large", str(error)))
                else:
                    size += sum(map(len, data))
                    if size > MAX_COMMIT_BYTES:
                        break
                    head = after
                    stored.append(message)
                    events += stamped
                    encoded += data
            taken += 1
        return Stamped(world, head, stored, rejected, events, encoded, first, taken)

    def _encoded(self, events: Sequence[AnyEvent]) -> list[bytes]:
        data = [self._codec.encode(e) for e in events]
        size = sum(map(len, data))
        if size > MAX_COMMIT_BYTES:
            raise LimitExceeded(
                f"a message's events have at most {MAX_COMMIT_BYTES} bytes together, got {size}"
            )
        return data

    def _events(self, head: Head | None, message: Message) -> tuple[Head, list[AnyEvent]]:
        stamped: list[AnyEvent] = []
        for event in message.events:
            if head is None:
                assert isinstance(event, WorldOpened)
                start = Stamp(0, self._now.at_us)
                most, steady_us = event.limits.max_idle_ticks, self._now.steady_us
                head = Head(-1, start, event.tick_us, most, steady_us)
            elif not isinstance(event, BOOKKEEPING):
                head = _later(head, self._now)
            head = replace(head, position=head.position + 1)
            stamped.append(replace(event, tick=head.stamp.tick, at_us=head.stamp.at_us))
        assert head is not None
        return head, stamped


def _later(head: Head, now: Now) -> Head:
    """Return a head whose time is now: as much has passed as the steadiest clock says.

    Only where this process wrote the stamp itself can it go by how long ago that was; a clock that
    is set meanwhile changes what the log says of the time, not how fast time passes.
    """
    tick_us, most = head.tick_us, head.max_idle_ticks
    if now.steady_us is None:
        return replace(head, stamp=next_stamp(head.stamp, now.at_us, tick_us, most))
    if head.steady_us is None:
        # Nobody else's clock is in this log: one that is behind it is the better one.
        stamp = next_stamp(head.stamp, now.at_us, tick_us, most, apart_us=0)
        return replace(head, stamp=stamp, steady_us=now.steady_us - (now.at_us - stamp.at_us))
    since = Stamp(head.stamp.tick, head.steady_us)
    steady = next_stamp(since, now.steady_us, tick_us, most)
    at_us = head.stamp.at_us + steady.at_us - since.at_us
    true_us = now.at_us - (now.steady_us - steady.at_us)
    if abs(true_us - at_us) > _TRUE_TO_US:
        at_us = true_us
    return replace(head, stamp=Stamp(steady.tick, at_us), steady_us=steady.at_us)
