"""Warm worlds: folds kept between batches, loaded from the last snapshot when there is none."""

from collections.abc import Callable, Iterator

import msgspec

from lqe.codec import Codec
from lqe.errors import LedgerQuestError, Quarantine
from lqe.events import AnyEvent
from lqe.fold import Code, Fold, Folded, Header, Parts, to_the_end
from lqe.handlers.fold.lobby import is_near_quorum
from lqe.handlers.held import Held
from lqe.handlers.shown import Audience, Sent
from lqe.handlers.snapshots import Snapshots
from lqe.handlers.view_faults import FailingViews
from lqe.ports.budget import Budget, OutOfTime
from lqe.ports.bus import Published
from lqe.ports.cursors import Cursor, Cursors
from lqe.ports.log import Logs, Record, WorldLog
from lqe.ports.objects import Objects
from lqe.projections.usage import usage_of
from lqe.signals import Ending, Signal

CodeOf = Callable[[str], Code]
# Hears which world is about to be touched, and at which position it is folded (-1 if it is
# something else that is done with it): that may end this process.
Touching = Callable[[str, str, int], None]
# Of a world that nobody attested for long, this many keyframes are sent again at a start.
_AT_ONCE = 100
# The shares of the cache that worlds about to begin may hold: all of them, and those of one tenant.
_HELD, _HELD_OF_ONE = 10, 50

_FOLD_ANEW = "put back the one that was stored, or delete the world's cursor to fold its log anew"


class Before(msgspec.Struct, frozen=True):
    """How a world stood before the event that is folded, or was last."""

    position: int = -1
    near_quorum: bool = False
    open: bool = True


class Warm:
    """One world in memory: its fold, its cursor, and what its connections have been shown.

    What was folded above the cursor and is not out yet waits in `signals`, `unattested` and
    `newest`. A warm world whose effects did not all get out has to be dropped.
    """

    def __init__(self, tenant: str, world: str, fold: Fold, cursor: Cursor) -> None:
        self.tenant = tenant
        self.world = world
        self.fold = fold
        self.cursor = cursor
        self.usage = cursor.usage
        self.at_us = 0
        self.signals: list[Published] = []
        self.unattested: list[Header] = []
        self.newest: Header | None = None
        self.is_new = True
        self.sent: dict[str, Sent] = {}
        self.told_us = 0
        self.out_us = 0
        self.untold: list[Signal] = []
        self.audience = Audience(())
        self.views = FailingViews()
        self.before = Before()
        self._parts: Parts[Folded] | None = None

    @property
    def position(self) -> int:
        """Up to where the log is folded: in the middle of an event, up to the one before it.

        What the fold itself says then is of no use: it may be folding anew from a keyframe.
        """
        return self.fold.position if self._parts is None else self.before.position

    @property
    def is_between(self) -> bool:
        """Whether an event is folded in part: the world is at no position of its log then."""
        return self._parts is not None

    @property
    def ending(self) -> Ending | None:
        """How the world ended, if it did."""
        if self.fold.position < 0 or self.fold.core.life != "closed":
            return None
        return self.fold.core.ending

    def take(self, position: int, event: AnyEvent, size: int, budget: Budget) -> Folded:
        """Fold the next event, stored in `size` bytes; raise OutOfTime if it takes too long."""
        return to_the_end(self.parts(position, event, size, budget))

    def parts(self, position: int, event: AnyEvent, size: int, budget: Budget) -> Parts[Folded]:
        """Do what `take` does, with pauses; whoever comes after one goes on with the same event."""
        if self._parts is None:
            self.before = Before(self.fold.position, is_near_quorum(self.fold), self.ending is None)
            self._parts = self.fold.parts(position, event)
        while True:
            try:
                with budget.one_event():
                    next(self._parts)
            except StopIteration as end:
                folded: Folded = end.value
                break
            yield
        self._parts = None
        self.at_us = event.at_us
        if position > self.cursor.position:
            self.usage = self.usage.after(event, size)
        return folded


class Worlds:
    """Finds a world's fold: the warm one, or a cold one from its snapshot and its log's tail.

    At most `most` worlds stay warm, those that are held before others. `attests` says that
    keyframes are attested from here. `touching` is called before a world is touched.
    """

    def __init__(
        self,
        logs: Logs,
        objects: Objects,
        cursors: Cursors,
        code_of: CodeOf,
        profile: str,
        budget: Budget,
        *,
        most: int = 500,
        attests: bool = True,
    ) -> None:
        self._attests = attests
        self.touching: Touching = lambda _tenant, _world, _position: None
        self.logs = logs
        self.objects = objects
        self._snapshots = Snapshots(objects)
        self.cursors = cursors
        self.budget = budget
        self._code_of = code_of
        self._profile = profile
        self._most = most
        self._codec = Codec()
        self._warm: dict[tuple[str, str], Warm] = {}
        self._held = Held(most // _HELD, most // _HELD_OF_ONE)

    def get(self, tenant: str, world: str) -> Warm | None:
        """Return the world as far as its effects are out; None if it is in quarantine.

        A cold one is folded up to there. Raises Quarantine for a world that has to go there.
        """
        warm = self._warm.pop((tenant, world), None)
        self.touching(tenant, world, -1)
        if warm is None:
            cursor = self.cursors.tenant(tenant).get(world)
            if cursor.quarantine:
                return None
            warm = self._load(tenant, world, cursor)
        self._warm[tenant, world] = warm
        if len(self._warm) > self._most:
            # The one that was not used for the longest time; it starts cold when it is.
            del self._warm[next(key for key in self._warm if key not in self._held)]
        return warm

    def hold(self, warm: Warm, *, held: bool) -> None:
        """Let a world keep its place while others are used, or let it go again."""
        if held:
            self._held.hold((warm.tenant, warm.world))
        else:
            self._held.let_go((warm.tenant, warm.world))

    def latest(self, tenant: str, world: str) -> Warm | None:
        """Return the world as `get` does, brought up to what another process let out since."""
        warm = self._warm.get((tenant, world))
        if warm is not None and warm.cursor != self.cursors.tenant(tenant).get(world):
            self.drop(tenant, world)
        return self.get(tenant, world)

    def warm(self, tenant: str, world: str) -> Warm | None:
        """Return the world if it is in memory."""
        return self._warm.get((tenant, world))

    def is_held(self, key: tuple[str, str]) -> bool:
        """Say whether a world keeps its place while others are used."""
        return key in self._held

    def in_force(self, tenant: str, world: str) -> str:
        """Return the digest of the scenario in force in a world that is warm, else nothing."""
        warm = self.warm(tenant, world)
        return warm.fold.digest_of_scenario if warm is not None else ""

    def connected(self, tenant: str, world: str) -> list[tuple[str, str, str]]:
        """Return the players, sessions and connections that a world holds for connected."""
        try:
            warm = self.get(tenant, world)
        except (LedgerQuestError, OutOfTime):
            return []  # it stands still, or will as soon as it is folded
        if warm is None or warm.fold.position < 0:
            return []
        players = warm.fold.core.players.values()
        return [(p.name, s.name, s.connection) for p in players for s in p.sessions if s.connected]

    def log(self, warm: Warm) -> WorldLog:
        """Return the log of a world."""
        return self.logs.tenant(warm.tenant).world(warm.world)

    def drop(self, tenant: str, world: str) -> None:
        """Forget the warm fold, so that the next use starts from what is stored."""
        self._warm.pop((tenant, world), None)
        self._held.let_go((tenant, world))

    def _load(self, tenant: str, world: str, cursor: Cursor) -> Warm:
        fold = self._stored(tenant, world, cursor)
        warm = Warm(tenant, world, fold, cursor)
        log = self.log(warm)
        for record in self._foreseen(fold, log, cursor.position):
            event = self._codec.decode(record.data)
            parts = warm.parts(record.position, event, len(record.data), self.budget)
            self.touching(tenant, world, record.position)
            for _ in parts:
                self.touching(tenant, world, record.position)
        _check_end(fold, cursor)
        if warm.usage.events != cursor.position + 1:
            warm.usage = usage_of(log, stop=cursor.position + 1)
        if not warm.at_us:
            for record in log.read(fold.position, fold.position + 1):
                warm.at_us = self._codec.decode(record.data).at_us
        if fold.position >= 0 and self._attests:
            warm.unattested = self._not_attested(warm)
        return warm

    def _stored(self, tenant: str, world: str, cursor: Cursor) -> Fold:
        """Return a world as it was at its newest keyframe that can be read; before all without."""
        code, snapshot = self._code_of(tenant), None
        if cursor.snapshot is not None:
            snapshot = self._snapshots.newest(tenant, world, cursor.snapshot)
        if snapshot is None:
            return Fold(code, profile=self._profile)
        self._check_place(snapshot.header, self.logs.tenant(tenant).world(world))
        return Fold.restore(snapshot, code, profile=self._profile)

    def _foreseen(self, fold: Fold, log: WorldLog, last: int) -> list[Record]:
        """Return the records up to `last`; the fold knows what is decided in all that follow."""
        wanted: list[Record] = []

        def to_the_end() -> Iterator[Record]:
            for record in log.read(fold.position + 1):
                if record.position <= last:
                    wanted.append(record)
                yield record

        fold.foresee(to_the_end(), self._codec.decode)
        return wanted

    def _not_attested(self, warm: Warm) -> list[Header]:
        """Return stored keyframes that the log does not attest; an intake may have lost them."""
        recorded, reached = warm.fold.core.recorded, warm.fold.core.tick
        after = recorded.tick if recorded else None
        found = self._snapshots.after(warm.tenant, warm.world, after, _AT_ONCE)
        return [each.header for each in found if each.header.tick <= reached]

    def _check_place(self, header: Header, log: WorldLog) -> None:
        """Refuse a snapshot that says to stand where the log has no keyframe of its tick.

        Its digest is of the state alone: from a wrong position on, events would count twice.
        """
        position = header.position
        events = [self._codec.decode(r.data) for r in log.read(position, position + 2)]
        if not events or not header.stands_between(events[0], next(iter(events[1:]), None)):
            raise Quarantine(
                f"the snapshot of tick {header.tick} says that it follows position {position}, "
                f"where the log has no such keyframe: {_FOLD_ANEW}"
            )


def _check_end(fold: Fold, cursor: Cursor) -> None:
    """Refuse a world that is not the one of its cursor."""
    if fold.position < cursor.position:
        raise Quarantine(
            f"effects are out up to position {cursor.position}, and the log ends at "
            f"{fold.position}: bring back the log that the cursor is of"
        )
    if cursor.scenario and fold.digest_of_scenario != cursor.scenario:
        raise Quarantine(
            f"scenario {cursor.scenario:.16}… was in force at position {cursor.position}, from "
            f"its snapshot this world comes to {fold.digest_of_scenario:.16}…: {_FOLD_ANEW}"
        )
