"""One call of a handler written with the imperative front: queue, step, then one commit a world.

The queue's worlds have no other consumer: `flush` is their appender and their fold.
"""

from collections.abc import Iterable, Sequence

import msgspec

from lqe.clock import Stamp
from lqe.codec import Codec
from lqe.errors import Conflict, LogError, NoSuchEntity, StateError, Unavailable
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
from lqe.ports.log import Commit, Origin
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

    def take(self, key: Key) -> list[AnyEvent]:
        """Return a world's waiting events, once."""
        return self._waiting.pop(key, [])


class FrontPorts(msgspec.Struct):
    """What an invocation works on. `fold` must have been given `attestations` as its intake."""

    worlds: Worlds
    fold: FoldHandler
    hot: HotEntities
    attestations: Attestations


class FrontInvocation:
    """Does what the front's names say, for every world that a command was parsed for."""

    def __init__(self, ports: FrontPorts) -> None:
        self._ports = ports
        self._codec = Codec()
        self._queues: dict[Key, list[InboundCommand]] = {}
        self._steps = 0

    def parsed(self, command: InboundCommand) -> None:
        """Take in whose world this invocation is about."""
        self._queues.setdefault((command.tenant, command.world), [])

    def hydrate(self, entities: Iterable[int | None]) -> None:
        """Load the worlds from snapshot and tail; refuse an entity that none of them has."""
        worlds = [self._world(key) for key in self._queues]
        for entity in sorted(e for e in entities if e is not None):
            if not any(entity in w.fold.core.entities.alive for w in worlds):
                names = ", ".join("#".join(key) for key in self._queues)
                raise NoSuchEntity(f"entity {entity} is in none of: {names}")

    def dispatch(self, command: InboundCommand) -> None:
        """Queue a command."""
        self._queues.setdefault((command.tenant, command.world), []).append(command)

    def step(self, dt: float) -> None:
        """Let one tick pass at `flush`; refuse a `dt` that is not the worlds' own."""
        for key in self._queues:
            own = self._world(key).fold.core.dt
            if dt != own:
                raise StateError(
                    f"{'#'.join(key)} has ticks of {own} s, PhysicsWorld.step got dt={dt}: "
                    "a world's tick is fixed when it opens"
                )
        self._steps += 1

    def flush(self) -> None:
        """Commit the queues, fold them, and write the hot entities; then the queues are empty."""
        for key in self._queues:
            self._flush(key)
            self._queues[key] = []
        self._steps = 0

    def _world(self, key: Key) -> Warm:
        """Return a world with everything folded that its log holds."""
        worlds = self._ports.worlds
        head = worlds.logs.tenant(key[0]).world(key[1]).head()
        if head < 0:
            raise LogError(f"{'#'.join(key)} was never opened")
        behind = self._ports.fold.handle([Appended(*key, head + 1, [])])
        warm = worlds.get(*key)
        if warm is None:
            raise LogError(f"{'#'.join(key)} is in quarantine")
        if behind:
            raise Unavailable(f"{'#'.join(key)} cannot be folded to its end now; try again")
        return warm

    def _flush(self, key: Key) -> None:
        tenant, world = key
        attested = self._ports.attestations.take(key)
        for _ in range(_TRIES):
            warm = self._world(key)
            first = warm.fold.position + 1
            events = self._events(key, warm, attested)
            if not events:
                return
            (error,) = self._ports.worlds.logs.tenant(tenant).append(
                [self._commit(key, first, events)]
            )
            if isinstance(error, Conflict):
                self._leave_out(key, error.winner)
                continue
            if error is not None:
                raise error
            self._ports.fold.handle([Appended(tenant, world, first, events)])
            warm = self._world(key)
            self._ports.hot.put(tenant, world, hot_entities(warm.fold.core, warm.fold.position))
            return
        raise Conflict(
            f"{'#'.join(key)}: another writer won {_TRIES} times; is there a second one?"
        )

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

    def _leave_out(self, key: Key, winner: Commit | None) -> None:
        """Drop the commands that another writer has recorded from the same messages."""
        there = winner.places() if winner is not None else {}
        self._queues[key] = [c for c in self._queues[key] if c.message_id not in there]

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
