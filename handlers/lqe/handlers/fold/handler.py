"""From the log to everybody: worlds advanced in order, effects once above the cursor."""

from collections.abc import Callable, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from lqe.codec import Codec
from lqe.errors import Conflict, Damaged, Misconfigured, Unavailable, Unfoldable
from lqe.events import AnyEvent, EventPassed, PlayerJoined, WorldClosed
from lqe.fold import Folded
from lqe.handlers.append.handler import Appended
from lqe.handlers.tell import Report, Tell
from lqe.handlers.worlds import Warm, Worlds
from lqe.ports.budget import OutOfTime
from lqe.ports.bus import Published
from lqe.signals import USAGE, Signal

from .effects import Effects
from .lobby import is_near_quorum, near_quorum

_TRIES = 3
_LONGEST_REASON = 2_000
Key = tuple[str, str]


class FoldHandler:
    """Folds what was appended. A gap is filled from the log; a fault stops its own world alone.

    `report` is told of every world that stands still, with the reason. `is_over` says that others
    are to be served: a world that was begun is left after a part of an event at least. `ended` is
    told of a world that ended, when everybody there has heard.
    """

    def __init__(
        self,
        worlds: Worlds,
        effects: Effects,
        tell: Tell,
        report: Report,
        *,
        is_over: Callable[[], bool] = lambda: False,
        ended: Callable[[Warm], None] = lambda _: None,
    ) -> None:
        self._ended = ended
        self._worlds = worlds
        self._effects = effects
        self._tell = tell
        self._report = report
        self._is_over = is_over
        self._codec = Codec()
        # How far the worlds are folded of which something is not let out yet.
        self._waiting: dict[Key, int] = {}

    def handle(self, batch: Sequence[Appended]) -> list[Key]:
        """Bring every world in the batch up to its last event, and let the effects out.

        Returns the worlds that are not there yet: something outside did not answer, or the time
        is up. What was reached is kept; the same batch, or any later one, goes on from there.
        """
        by_world: dict[Key, list[Appended]] = {}
        for appended in batch:
            by_world.setdefault((appended.tenant, appended.world), []).append(appended)
        return [key for key, parts in by_world.items() if not self._bring(key, parts)]

    def due(self) -> list[Appended]:
        """Return what to hand in again: effects whose pause is over, clients to be told.

        A world that lost its place in memory meanwhile is folded to where it was.
        """
        return [
            Appended(*key, position + 1)
            for key, position in self._waiting.items()
            if self._is_due(self._worlds.warm(*key))
        ]

    def settle(self) -> None:
        """Let out all effects that wait, whatever is left of their pauses."""
        for key in list(self._waiting):
            self.settle_world(key)

    def settle_world(self, key: Key) -> None:
        """Let out what waits of a world, if anything does."""
        position = self._waiting.get(key)
        if position is not None:
            self._bring(key, [Appended(*key, position + 1)], at_once=True)

    def _is_due(self, warm: Warm | None) -> bool:
        return warm is None or self._effects.is_due(warm) or self._tell.is_due(warm)

    def _bring(self, key: Key, parts: Sequence[Appended], *, at_once: bool = False) -> bool:
        self._waiting.pop(key, None)
        for _ in range(_TRIES):
            try:
                return self._advance(key, parts, at_once=at_once)
            except Conflict:
                # Another fold let effects out: go on from where it is now.
                self._worlds.drop(*key)
            except Unavailable as error:
                self._worlds.drop(*key)
                if isinstance(error, Misconfigured):
                    self._report(*key, error)
                return False
            except OSError:
                # A disk that fails is no fault of a world: whoever runs this has to look.
                self._worlds.drop(*key)
                raise
            except (Exception, OutOfTime) as error:  # noqa: BLE001 - one world's fault stops no other
                return self._quarantine(key, error)
        return False

    def _advance(self, key: Key, parts: Sequence[Appended], *, at_once: bool) -> bool:
        if self._worlds.budget.is_spent():
            return False
        warm = self._warm(key, parts)
        if warm is None:
            return True
        self._tell.gather(warm)
        reached = True
        begun = False
        for position, event, size in self._in_order(warm, parts):
            if self._has_to_stop(begun=begun):
                reached = False
                break
            begun = True
            folded = self._fold(warm, position, event, size)
            if folded is None:
                return False
            if position > warm.cursor.position:
                self._take_in(warm, event, folded)
                if folded.keyframes:
                    self._effects.let_out(warm)
        self._worlds.touching(warm.tenant, warm.world, -1)
        self._let_out(warm, at_once=at_once)
        self._worlds.hold(warm, held=is_near_quorum(warm.fold))
        return reached

    def _warm(self, key: Key, parts: Sequence[Appended]) -> Warm | None:
        """Return a world to go on with; None if it stands still, and nobody has decided on it."""
        warm = self._worlds.get(*key)
        if warm is None and _is_decided(parts):
            cursors = self._worlds.cursors.tenant(key[0])
            cursor = cursors.get(key[1])
            cursors.move(key[1], cursor, cursor.released())
            warm = self._worlds.get(*key)
        first = min((p.first for p in parts), default=0)
        if warm is not None and first > warm.position + 1:
            # What is missing here another process may have folded: ask how far it came.
            warm = self._worlds.latest(*key)
        return warm

    def _let_out(self, warm: Warm, *, at_once: bool) -> None:
        """Let out what was reached, and tell everybody; the end of a world does not wait.

        In the middle of an event there is nothing to show: the world is at no position of its log.
        """
        if warm.is_between:
            return
        ends = warm.ending is not None and not warm.cursor.closed_us
        self._effects.let_out(warm, at_once=at_once or ends)
        if warm.fold.position > warm.cursor.position:
            self._waiting[warm.tenant, warm.world] = warm.fold.position
        self._tell.changed(warm, at_once=ends)
        if ends:
            self._ended(warm)

    def _has_to_stop(self, *, begun: bool) -> bool:
        return self._worlds.budget.is_spent() or (begun and self._is_over())

    def _fold(self, warm: Warm, position: int, event: AnyEvent, size: int) -> Folded | None:
        """Fold the next event, or go on with it; None if the rest of it is for another turn."""
        parts = warm.parts(position, event, size, self._worlds.budget)
        while True:
            self._worlds.touching(warm.tenant, warm.world, position)
            try:
                next(parts)
            except StopIteration as end:
                folded: Folded = end.value
                return folded
            if self._has_to_stop(begun=True):
                return None

    def _in_order(
        self, warm: Warm, parts: Sequence[Appended]
    ) -> Iterator[tuple[int, AnyEvent, int]]:
        """Yield what follows the fold's position, from the log where the batch lacks it."""
        for part in sorted(parts, key=lambda p: p.first):
            if part.first > warm.position + 1:
                log = self._worlds.log(warm)
                for record in log.read(warm.position + 1, part.first):
                    yield record.position, self._codec.decode(record.data), len(record.data)
            sized = zip(part.events, part.sizes, strict=True)
            for position, (event, size) in enumerate(sized, part.first):
                if position > warm.position:
                    yield position, event, size

    def _take_in(self, warm: Warm, event: AnyEvent, folded: Folded) -> None:
        """Keep what came of an event for when it is let out; tell outcomes at once."""
        for snapshot in folded.keyframes:
            self._effects.keep(warm, snapshot)
        signals = list(folded.signals)
        warm.untold += signals
        is_over = isinstance(event, WorldClosed) or (warm.before.open and warm.ending is not None)
        if folded.keyframes or is_over:
            signals.append(_usage(warm))
        if not warm.before.near_quorum and is_near_quorum(warm.fold):
            # Behind all others: a signal's place is its id, and theirs are what they were.
            signals.append(near_quorum(warm.fold))
        warm.signals += [
            Published(
                tenant=warm.tenant,
                world=warm.world,
                position=folded.position,
                index=index,
                signal=signal,
            )
            for index, signal in enumerate(signals)
        ]
        for outcome in folded.outcomes:
            self._tell.outcome(warm, outcome, joined=isinstance(event, PlayerJoined))

    def _quarantine(self, key: Key, error: BaseException) -> bool:
        """Let a world stand still, and say so; False if that could not be written down."""
        tenant, world = key
        warm = self._worlds.warm(*key)
        stuck = warm.fold.stuck if warm and isinstance(error, (OutOfTime, Unfoldable)) else None
        self._worlds.drop(tenant, world)
        if stuck is not None:
            error = Unfoldable(f"{stuck}: {error}")
        reason = (str(error) or repr(error))[:_LONGEST_REASON]
        try:
            cursors = self._worlds.cursors.tenant(tenant)
            old = cursors.get(world)
            new = replace(old, quarantine=reason, stuck=stuck)
            if not old.quarantine and not cursors.move(world, old, new):
                return False
        except Unavailable:
            return False
        except Exception as unwritten:  # noqa: BLE001 - a cursor may be what is spoiled
            self._report(tenant, world, unwritten)
            # A file that is damaged is so at the next try as well.
            return isinstance(unwritten, Damaged)
        self._report(tenant, world, error)
        return True


def _is_decided(parts: Sequence[Appended]) -> bool:
    """Say whether somebody decided about an event, with which a world that stood still goes on."""
    return any(isinstance(event, EventPassed) for part in parts for event in part.events)


def _usage(warm: Warm) -> Signal:
    """Return a world's totals so far: a meter that missed some of them needs only the last."""
    return Signal(USAGE, warm.fold.core.tick, msgspec.to_builtins(warm.usage))
