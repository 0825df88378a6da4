"""From the intake to the log: events get their tick and time, and are stored in groups.

The only writer of a world's log. A receipt goes out when the commit is durable, never before.
A message that the intake delivers again is looked for in the log, and its receipt sent again.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from lqe.clock import Stamp
from lqe.codec import Codec
from lqe.errors import Conflict, Gap, LedgerQuestError, Quarantine, Unavailable, WorldDeleted
from lqe.events import AnyEvent, CommandSubmitted, WorldOpened
from lqe.ports.clock import Clock
from lqe.ports.intake import Message
from lqe.ports.log import Commit, Logs
from lqe.ports.push import Push
from lqe.wire import Receipt, ReceiptItem

from .stamping import Head, Now, Rejection, Stamped, Stamper

Report = Callable[[str, str, BaseException], None]
_LOST_RACES = 16
_REMEMBERED = 10_000


class Appended(msgspec.Struct, frozen=True):
    """What was stored for one world: events from position `first` on, each in `sizes` bytes."""

    tenant: str
    world: str
    first: int
    events: Sequence[AnyEvent] = ()
    sizes: Sequence[int] = ()


class Handled(msgspec.Struct):
    """What a group of messages came to: what is new in the logs, and what has to come again."""

    appended: list[Appended] = []
    failed: list[Message] = []


class _Waiting:
    """One world's messages that are not settled yet, in order."""

    def __init__(self, tenant: str, world: str) -> None:
        self.tenant = tenant
        self.world = world
        self.messages: list[Message] = []
        self._ids: set[str] = set()
        self.lost_races = 0
        self.look_up = False

    def add(self, message: Message) -> None:
        if message.id not in self._ids:
            self._ids.add(message.id)
            self.messages.append(message)
            self.look_up = self.look_up or message.redelivered


class Append:
    """Stamps and stores what the intake delivers. Keeps the head of each world it has written.

    `report` hears of worlds whose log cannot be read. `steady`, if given, is a clock that does not
    leap, of the only process that writes these logs: time passes by it while the process lives.
    """

    def __init__(
        self,
        logs: Logs,
        clock: Clock,
        push: Push,
        report: Report = lambda *_: None,
        *,
        steady: Clock | None = None,
    ) -> None:
        self._steady = steady
        self._report = report
        self._logs = logs
        self._clock = clock
        self._push = push
        self._codec = Codec()
        self._heads: dict[tuple[str, str], Head] = {}

    def handle(self, messages: Sequence[Message]) -> Handled:
        """Store the messages, answer each sender, and say what is new and what failed.

        Commits of one tenant are stored together. A message fails when it cannot be known whether
        it is stored, and with it those of its world after it: the intake delivers them again.
        """
        waiting: dict[tuple[str, str], _Waiting] = {}
        for message in messages:
            key = (message.tenant, message.world)
            waiting.setdefault(key, _Waiting(*key)).add(message)
        handled = Handled()
        while waiting:
            by_tenant: dict[str, list[tuple[_Waiting, Stamped]]] = {}
            for world in waiting.values():
                stamped = self._next(world, handled)
                if stamped is not None:
                    by_tenant.setdefault(world.tenant, []).append((world, stamped))
            for tenant, group in by_tenant.items():
                self._store(tenant, group, handled)
            waiting = {key: world for key, world in waiting.items() if world.messages}
        return handled

    def _next(self, world: _Waiting, handled: Handled) -> Stamped | None:
        """Return a world's next commit, or None if there is nothing to store in this round."""
        try:
            head = self._head_and_settled(world)
        except Unavailable:
            self._fail(world, handled)
            return None
        except LedgerQuestError as error:
            self._refuse(world, error)
            return None
        stamper = Stamper(self._codec, self._now())
        stamped = stamper.stamp(world.world, head, world.messages)
        if not stamped.events:
            self._taken(world, stamped)
            return None
        return stamped

    def _now(self) -> Now:
        steady_us = None if self._steady is None else self._steady.now_us()
        return Now(self._clock.now_us(), steady_us)

    def _head_and_settled(self, world: _Waiting) -> Head | None:
        """Return where the log ends, with the messages settled that may be in it already.

        Those are looked for where the intake says so, after a lost race, and wherever the end has
        to be asked for: a message may be handled late, after it was delivered to others again.
        """
        known = self._heads.get((world.tenant, world.world))
        if known is not None and not world.look_up:
            return known
        # The head first: what is stored between the two reads makes the put fail.
        head = self._read_head(world)
        log = self._logs.tenant(world.tenant).world(world.world)
        places = log.places({m.id for m in world.messages})
        self._settle(world, places)
        world.look_up = False
        return self._read_head(world) if places and head is None else head

    def _store(
        self, tenant: str, group: Sequence[tuple[_Waiting, Stamped]], handled: Handled
    ) -> None:
        commits = [stamped.commit() for _, stamped in group]
        results = self._logs.tenant(tenant).append(commits)
        for (world, stamped), commit, error in zip(group, commits, results, strict=True):
            key = (tenant, world.world)
            if error is None:
                assert stamped.head is not None
                self._remember(key, stamped.head)
                sizes = list(map(len, commit.events))
                stored = Appended(tenant, world.world, stamped.first, stamped.events, sizes)
                handled.appended.append(stored)
                self._receipts(stamped.stored, commit.places())
                self._taken(world, stamped)
            elif isinstance(error, (Conflict, Gap)):
                self._lost(world, error, handled)
            elif isinstance(error, Unavailable):
                self._heads.pop(key, None)
                self._fail(world, handled)
            else:
                self._refuse(world, error)

    def _refuse(self, world: _Waiting, error: LedgerQuestError) -> None:
        """Reject what waits for a deleted world, or for one whose log only an operator can mend."""
        code, reason = "unreadable_log", "this world needs its operator"
        if isinstance(error, WorldDeleted):
            code, reason = "world_deleted", str(error)
        else:
            self._report(world.tenant, world.world, error)
        for message in world.messages:
            self._reject(Rejection(message, code, reason))
        world.messages = []

    def _lost(self, world: _Waiting, error: LedgerQuestError, handled: Handled) -> None:
        """Take in who was faster: it may have stored the same messages, or we did ourselves.

        Whoever is behind the winner as well is far behind, and asks where the log ends.
        """
        key = (world.tenant, world.world)
        head = self._heads.pop(key, None)
        winner = error.winner if isinstance(error, Conflict) else None
        world.lost_races += 1
        if world.lost_races > _LOST_RACES:
            self._fail(world, handled)
        elif winner is not None and head is not None and world.lost_races == 1:
            self._heads[key] = _head_after(head, winner)
            self._settle(world, winner.places())
        else:
            world.look_up = True

    def _taken(self, world: _Waiting, stamped: Stamped) -> None:
        for rejection in stamped.rejected:
            self._reject(rejection)
        world.messages = world.messages[stamped.taken :]

    def _settle(self, world: _Waiting, places: Mapping[str, int]) -> None:
        """Send the receipts of messages that are in the log already; they wait no longer."""
        self._receipts([m for m in world.messages if m.id in places], places)
        world.messages = [m for m in world.messages if m.id not in places]

    def _fail(self, world: _Waiting, handled: Handled) -> None:
        handled.failed += world.messages
        world.messages = []

    def _receipts(self, messages: Sequence[Message], places: Mapping[str, int]) -> None:
        items: dict[str, list[ReceiptItem]] = {}
        for message in messages:
            for position, event in enumerate(message.events, places[message.id]):
                if message.connection and isinstance(event, CommandSubmitted):
                    item = ReceiptItem(event.seq, position)
                    items.setdefault(message.connection, []).append(item)
        for connection, receipt in items.items():
            self._push.send(connection, msgspec.json.encode(Receipt(receipt)))

    def _reject(self, rejection: Rejection) -> None:
        if rejection.message.connection:
            self._push.send(rejection.message.connection, rejection.answer())

    def _read_head(self, world: _Waiting) -> Head | None:
        log = self._logs.tenant(world.tenant).world(world.world)
        position = log.head()
        if position < 0:
            return None
        opened = [self._codec.decode(r.data) for r in log.read(0, 1)]
        ended = [self._codec.decode(r.data) for r in log.read(position, position + 1)]
        if not opened or not ended or not isinstance(opened[0], WorldOpened):
            raise Gap(f"{world.tenant}#{world.world} does not begin with `world opened`")
        if opened[0].tick_us < 1:
            raise Quarantine(
                f"{world.tenant}#{world.world} was opened with ticks of {opened[0].tick_us} µs: no "
                "time can pass in it; open another world with corrected rules"
            )
        limits, last = opened[0].limits, ended[0]
        stamp = Stamp(last.tick, last.at_us)
        head = Head(position, stamp, opened[0].tick_us, limits.max_idle_ticks)
        self._remember((world.tenant, world.world), head)
        return head

    def _remember(self, key: tuple[str, str], head: Head) -> None:
        if len(self._heads) >= _REMEMBERED:
            self._heads.clear()
        self._heads[key] = head


def _head_after(head: Head, winner: Commit) -> Head:
    stamp = Stamp(winner.tick, winner.at_us)
    return Head(winner.last, stamp, head.tick_us, head.max_idle_ticks)
