"""From the intake to the log: events get their tick and time, and are stored in groups.

The only writer of a world's log. A receipt goes out when the commit is durable, never before.
"""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from lqe.clock import Stamp, next_stamp
from lqe.codec import Codec
from lqe.errors import Conflict, Gap, LedgerQuestError, LimitExceeded
from lqe.events import (
    BOOKKEEPING,
    AnyEvent,
    CommandSubmitted,
    WorldOpened,
    event_name,
)
from lqe.ports.clock import Clock
from lqe.ports.intake import Message
from lqe.ports.log import Commit, Logs
from lqe.ports.push import Push
from lqe.wire import Receipt, ReceiptItem, Rejected

_TRIES = 5


class Head(msgspec.Struct):
    """The end of a world's log, as the appender knows it."""

    position: int
    stamp: Stamp
    tick_us: int
    max_idle_ticks: int


class Appended(msgspec.Struct, frozen=True):
    """What was stored for one world: events from position `first` on."""

    tenant: str
    world: str
    first: int
    events: Sequence[AnyEvent]


class _Batch:
    """One world's share of a group: the events with their stamps, and whom to answer."""

    def __init__(self, world: str, head: Head | None) -> None:
        self.world = world
        self.head = head
        self.first = 0 if head is None else head.position + 1
        self.events: list[AnyEvent] = []
        self.encoded: list[bytes] = []
        self.receipts: dict[str, list[ReceiptItem]] = {}


class Append:
    """Stamps and stores what the intake delivers. Keeps the head of each world it has written."""

    def __init__(self, logs: Logs, clock: Clock, push: Push) -> None:
        self._logs = logs
        self._clock = clock
        self._push = push
        self._codec = Codec()
        self._heads: dict[tuple[str, str], Head] = {}

    def handle(self, messages: Sequence[Message]) -> list[Appended]:
        """Store the messages, one transaction a tenant; answer each sender; return what is new."""
        by_tenant: dict[str, dict[str, list[Message]]] = {}
        for message in messages:
            by_tenant.setdefault(message.tenant, {}).setdefault(message.world, []).append(message)
        appended: list[Appended] = []
        for tenant, worlds in by_tenant.items():
            for batch in self._store(tenant, worlds):
                appended.append(Appended(tenant, batch.world, batch.first, batch.events))
                for connection, items in batch.receipts.items():
                    self._push.send(connection, msgspec.json.encode(Receipt(items)))
        return appended

    def _store(self, tenant: str, worlds: dict[str, list[Message]]) -> list[_Batch]:
        log = self._logs.tenant(tenant)
        for attempt in range(_TRIES):
            batches = [b for w, m in worlds.items() if (b := self._readable(tenant, w, m)).events]
            commits = [
                Commit(b.world, b.first, [event_name(e) for e in b.events], b.encoded)
                for b in batches
            ]
            try:
                log.append(commits)
            except (Conflict, Gap):
                # Another writer was faster: look where the log ends now, and try again.
                for world in worlds:
                    self._heads.pop((tenant, world), None)
                if attempt == _TRIES - 1:
                    raise
                continue
            for batch in batches:
                assert batch.head is not None
                self._heads[tenant, batch.world] = batch.head
            return batches
        return []

    def _readable(self, tenant: str, world: str, messages: Sequence[Message]) -> _Batch:
        """Stamp a world's messages; refuse them all if the end of its log cannot be read."""
        try:
            return self._stamp(tenant, world, messages)
        except LedgerQuestError as error:
            for message in messages:
                self._reject(message, "unreadable_log", str(error))
            return _Batch(world, None)

    def _stamp(self, tenant: str, world: str, messages: Sequence[Message]) -> _Batch:
        batch = _Batch(world, self._head(tenant, world))
        now_us = self._clock.now_us()
        for message in messages:
            event, head = message.event, batch.head
            if isinstance(event, WorldOpened) == (head is not None):
                if head is None:
                    self._reject(message, "no_world", f"there is no world {world!r}")
                continue
            if head is None:
                assert isinstance(event, WorldOpened)
                stamp = Stamp(0, now_us)
                most = event.limits.max_idle_ticks
                batch.head = head = Head(-1, stamp, event.tick_us, most)
            elif isinstance(event, BOOKKEEPING):
                stamp = head.stamp
            else:
                stamp = next_stamp(head.stamp, now_us, head.tick_us, head.max_idle_ticks)
            stamped = replace(event, tick=stamp.tick, at_us=stamp.at_us)
            try:
                encoded = self._codec.encode(stamped)
            except LimitExceeded as error:
                self._reject(message, "too_large", str(error))
                continue
            batch.events.append(stamped)
            batch.encoded.append(encoded)
            batch.head = head = Head(head.position + 1, stamp, head.tick_us, head.max_idle_ticks)
            if message.connection and isinstance(event, CommandSubmitted):
                item = ReceiptItem(event.seq, head.position)
                batch.receipts.setdefault(message.connection, []).append(item)
        return batch

    def _reject(self, message: Message, code: str, reason: str) -> None:
        if message.connection:
            seq = message.event.seq if isinstance(message.event, CommandSubmitted) else None
            self._push.send(message.connection, msgspec.json.encode(Rejected(code, reason, seq)))

    def _head(self, tenant: str, world: str) -> Head | None:
        known = self._heads.get((tenant, world))
        if known is not None:
            return known
        log = self._logs.tenant(tenant).world(world)
        position = log.head()
        if position < 0:
            return None
        opened = self._codec.decode(next(log.read(0, 1)).data)
        last = self._codec.decode(next(log.read(position, position + 1)).data)
        if not isinstance(opened, WorldOpened):
            raise Gap(f"{tenant}#{world} does not begin with `world opened`")
        stamp = Stamp(last.tick, last.at_us)
        return Head(position, stamp, opened.tick_us, opened.limits.max_idle_ticks)
