"""One call of a handler written with the imperative front: queue, step, then one commit a world.

The queue's worlds have no other consumer: `flush` is their appender and their fold.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

import msgspec

from lqe.clock import Stamp
from lqe.codec import Codec
from lqe.errors import (
    Conflict,
    LedgerQuestError,
    LogError,
    NoSuchEntity,
    StateError,
    Unavailable,
)
from lqe.events import (
    AnyEvent,
    ClockAdvanced,
    CommandSubmitted,
    InboundCommand,
    event_name,
)
from lqe.handlers.append.handler import Appended
from lqe.handlers.fold.handler import FoldHandler
from lqe.handlers.worlds import Warm, Worlds
from lqe.ports.hot import HotEntities
from lqe.ports.intake import Message
from lqe.ports.log import Commit, Origin, TenantLog
from lqe.projections.entities import hot_entities
from lqe.scenario.schemas import encode_args

_TRIES = 5
_ATTESTED = "attested"
Key = tuple[str, str]


class Attestations:
    """An intake that keeps what the fold attests, for the next commit of its world."""

    def __init__(self) -> None:
        self._waiting: dict[Key, list[AnyEvent]] = {}

    def send(self, messages: Sequence[Message]) -> None:
        """Keep the messages' events."""
        for message in messages:
            self._waiting.setdefault((message.tenant, message.world), []).extend(message.events)

    def put_back(self, key: Key, events: Sequence[AnyEvent]) -> None:
        """Keep events that were taken and not recorded, before those that came since."""
        if events:
            self._waiting[key] = [*events, *self._waiting.get(key, [])]

    def take(self, key: Key) -> list[AnyEvent]:
        """Return a world's waiting events, once."""
        return self._waiting.pop(key, [])


class FrontPorts(msgspec.Struct):
    """What an invocation works on. `fold` must have been given `attestations` as its intake.

    `acting` says whose work a block is, `done` is called when an invocation ends.
    """

    worlds: Worlds
    fold: FoldHandler
    hot: HotEntities
    attestations: Attestations
    acting: Callable[[str], AbstractContextManager[None]] = lambda _tenant: nullcontext()
    done: Callable[[], None] = lambda: None


class FrontInvocation:
    """Does what the front's names say, for every world that a command was parsed for.

    A world that cannot go on is left out; `flush` raises its error when the others are done.
    """

    def __init__(self, ports: FrontPorts) -> None:
        self._ports = ports
        self._codec = Codec()
        self._queues: dict[Key, list[InboundCommand]] = {}
        self._named: dict[int, set[Key]] = {}
        self._left_out: dict[Key, LedgerQuestError] = {}
        self._steps = 0

    def parsed(self, command: InboundCommand) -> None:
        """Take in whose world this invocation is about."""
        key = (command.tenant, command.world)
        self._queues.setdefault(key, [])
        if command.entity_id is not None:
            self._named.setdefault(command.entity_id, set()).add(key)

    def hydrate(self, entities: Iterable[int | None]) -> None:
        """Load the worlds from snapshot and tail; refuse an entity that its world does not have."""
        worlds = {key: warm for key in self._queues if (warm := self._world(key)) is not None}
        for entity in sorted(e for e in entities if e is not None):
            wanted = self._named.get(entity, set(self._queues)) - set(self._left_out)
            lacking = [k for k in wanted if entity not in worlds[k].fold.core.entities.alive]
            if lacking and (entity in self._named or len(lacking) == len(wanted)):
                names = ", ".join("#".join(key) for key in sorted(lacking))
                raise NoSuchEntity(f"entity {entity} is not in {names}")

    def dispatch(self, command: InboundCommand) -> None:
        """Queue a command."""
        self._queues.setdefault((command.tenant, command.world), []).append(command)

    def step(self, dt: float) -> None:
        """Let one tick pass at `flush`; refuse a `dt` that is not the worlds' own."""
        for key in self._queues:
            warm = self._world(key)
            own = dt if warm is None else warm.fold.core.dt
            if dt != own:
                raise StateError(
                    f"{'#'.join(key)} has ticks of {own} s, PhysicsWorld.step got dt={dt}: "
                    "a world's tick is fixed when it opens"
                )
        self._steps += 1

    def flush(self) -> None:
        """Commit the queues, fold them, and write the hot entities; then the queues are empty."""
        for key in self._queues:
            try:
                with self._ports.acting(key[0]):
                    self._flush(key)
            except LedgerQuestError as error:
                self._left_out[key] = error
            self._queues[key] = []
        self._steps = 0
        if self._left_out:
            raise next(iter(self._left_out.values()))

    def _world(self, key: Key) -> Warm | None:
        """Return a world with everything folded that its log holds; None for one left out."""
        if key in self._left_out:
            return None
        try:
            with self._ports.acting(key[0]):
                return self._latest(key)
        except LedgerQuestError as error:
            self._left_out[key] = error
            return None

    def _latest(self, key: Key) -> Warm:
        worlds = self._ports.worlds
        head = worlds.logs.tenant(key[0]).world(key[1]).head()
        if head < 0:
            raise LogError(f"{'#'.join(key)} was never opened")
        behind = self._ports.fold.handle([Appended(*key, head + 1)])
        warm = worlds.get(*key)
        if warm is None:
            raise LogError(f"{'#'.join(key)} is in quarantine")
        if behind:
            raise Unavailable(f"{'#'.join(key)} cannot be folded to its end now; try again")
        return warm

    def _flush(self, key: Key) -> None:
        if key in self._left_out:
            return
        tenant, world = key
        log = self._ports.worlds.logs.tenant(tenant)
        again = {c.message_id for c in self._queues[key] if c.redelivered and c.message_id}
        if again and self._leave_out(key, log.world(world).places(again)):
            self._hot(key, self._latest(key))
            return
        attested = self._ports.attestations.take(key)
        try:
            if self._record(key, log, attested):
                attested = []
        finally:
            self._ports.attestations.put_back(key, attested)
        self._hot(key, self._latest(key))

    def _record(self, key: Key, log: TenantLog, attested: Sequence[AnyEvent]) -> bool:
        """Store the queue in one commit; say whether what was attested is stored with it."""
        tenant, world = key
        for _ in range(_TRIES):
            warm = self._latest(key)
            first = warm.fold.position + 1
            events = self._events(key, warm, attested)
            if not events:
                return False
            commit = self._commit(key, first, events)
            (error,) = log.append([commit])
            if isinstance(error, Conflict):
                if self._leave_out(key, error.winner.places() if error.winner else {}):
                    return False
                continue
            if error is not None:
                raise error
            sizes = list(map(len, commit.events))
            self._ports.fold.handle([Appended(tenant, world, first, events, sizes)])
            return True
        raise Conflict(
            f"{'#'.join(key)}: another writer won {_TRIES} times; is there a second one?"
        )

    def _leave_out(self, key: Key, places: Mapping[str, int]) -> bool:
        """Drop commands that are recorded already; say whether that was all, steps included."""
        queue = self._queues[key]
        self._queues[key] = [c for c in queue if not c.message_id or c.message_id not in places]
        return bool(queue) and not self._queues[key]

    def _hot(self, key: Key, warm: Warm) -> None:
        position = warm.fold.position
        self._ports.hot.replace(*key, position, hot_entities(warm.fold.core, position))

    def _commit(self, key: Key, first: int, events: Sequence[AnyEvent]) -> Commit:
        return Commit(
            key[1],
            first,
            [event_name(e) for e in events],
            [self._codec.encode(e) for e in events],
            events[-1].tick,
            events[-1].at_us,
            [
                Origin(_ATTESTED, len(events) - self._new(key)),
                *(Origin(c.message_id, 1) for c in self._queues[key]),
            ],
        )

    def _new(self, key: Key) -> int:
        """Return how many events of a commit are not attestations."""
        return len(self._queues[key]) + (1 if self._steps else 0)

    def _events(self, key: Key, warm: Warm, attested: Sequence[AnyEvent]) -> list[AnyEvent]:
        """Return the commit: attestations and commands at the tick before, then the steps."""
        core = warm.fold.core
        before = Stamp(core.tick, warm.at_us)
        events: list[AnyEvent] = [*attested, *(self._command(c, warm) for c in self._queues[key])]
        tick_us = core.genesis.tick_us
        after = Stamp(before.tick + self._steps, before.at_us + self._steps * tick_us)
        stamped = [_stamp(e, before) for e in events]
        return [*stamped, _stamp(ClockAdvanced(), after)] if self._steps else stamped

    @staticmethod
    def _command(command: InboundCommand, warm: Warm) -> CommandSubmitted:
        kind = warm.fold.scenario.commands.get(command.name)
        try:
            args = encode_args(kind, command.args) if kind else msgspec.msgpack.encode(command.args)
        except msgspec.ValidationError:
            # The fold says why it refuses them, and the log shows what was asked.
            args = msgspec.msgpack.encode(command.args)
        return CommandSubmitted(
            player=command.player,
            session=command.session,
            seq=command.seq,
            name=command.name,
            args=args,
            not_after=command.not_after,
        )


def _stamp(event: AnyEvent, stamp: Stamp) -> AnyEvent:
    return msgspec.structs.replace(event, tick=stamp.tick, at_us=stamp.at_us)
