"""The fold of one world: events in, outcomes, signals and keyframes out. No I/O, no clock."""

from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

import msgspec

from lqe.errors import Gap, Quarantine, Unfoldable
from lqe.events import AnyEvent, EventPassed, WorldOpened, event_name
from lqe.ports.log import Record
from lqe.signals import Signal
from lqe.stuck import Stuck
from lqe.world import Core, Fault, Genesis, World

from .advance import SCENARIO_FAULTS, STATE, UNDECIDABLE, SystemFault, Watch, advance
from .course import Code, Course
from .opening import check_opening
from .outcomes import Outcome
from .passing import counts, decisions_in, halt_before
from .snapshot import Snapshot

T = TypeVar("T")
# Work that pauses now and then, and what comes of it.
Parts = Generator[None, None, T]
# So much of a world's time is folded between two pauses, or a tick where that is longer: a world
# that can be played at all takes far less than this of a processor's time for it.
_PART_US = 250_000


class Folded(msgspec.Struct):
    """What one event brought about."""

    position: int
    tick: int
    outcomes: list[Outcome] = []
    signals: list[Signal] = []
    keyframes: list[Snapshot] = []


class Fold(Course):
    """Folds one world's events in order. `code` returns the scenario of a digest.

    `profile` is the numeric profile of this process, noted in every snapshot. `watch`, if given,
    is called after every part of a tick, for tools that look for the first difference.

    Whoever has the rest of the log lets the fold `foresee` what is decided there.
    """

    def __init__(self, code: Code, *, profile: str = "", watch: Watch | None = None) -> None:
        super().__init__(code, profile)
        self._watch = watch
        self._stopped: BaseException | str | None = None
        self._at = 0

    @classmethod
    def restore(
        cls, snapshot: Snapshot, code: Code, *, profile: str = "", watch: Watch | None = None
    ) -> "Fold":
        """Return the fold as it was at a keyframe; it goes on with the next position."""
        fold = cls(code, profile=profile, watch=watch)
        fold._adopt(snapshot)
        fold._digests[snapshot.header.tick] = snapshot.header.digest
        return fold

    def foresee(self, records: Iterable[Record], decode: Callable[[bytes], AnyEvent]) -> None:
        """Take in what the rest of the log, from the next position on, says of passed events."""
        recorded = self._core.recorded if self._core is not None else None
        self._passes = decisions_in(records, decode, recorded.tick if recorded else -1)

    def passes_over(self, event: EventPassed) -> bool:
        """Say whether a decision counts."""
        return counts(event, self._passes)

    @property
    def stuck(self) -> Stuck | None:
        """Where this fold stopped, if an event stopped it."""
        if not isinstance(self._stopped, BaseException):
            return None
        core = self._core
        return Stuck(
            position=self._at,
            tick=core.tick if core is not None else 0,
            part=self._part,
            where=core.doing if core is not None else _OPENING,
        )

    def fold(self, position: int, event: AnyEvent) -> Folded:
        """Advance to the event's tick, apply it, and return what came of it.

        Raises Gap unless `position` is the next one; Quarantine when the world cannot go on.
        """
        return to_the_end(self.parts(position, event))

    def parts(self, position: int, event: AnyEvent) -> Parts[Folded]:
        """Do what `fold` does, with a pause after every part of a long advance.

        In between this fold is at no position of its log: nothing may be read off it.
        """
        if self._stopped is not None:
            raise Quarantine(f"this fold stopped before: {self._stopped}")
        if position != self.position + 1:
            raise Gap(f"expected position {self.position + 1}, got {position}")
        folded = Folded(position, event.tick)
        self._at = position
        self._stopped = f"it is in the middle of position {position}"
        try:
            yield from self._fold(position, event, folded)
        except BaseException as error:
            self._stopped = error
            raise
        self._stopped = None
        return folded

    def _fold(self, position: int, event: AnyEvent, folded: Folded) -> Parts[None]:
        if isinstance(event, WorldOpened):
            self._open(position, event, folded)
            return
        core = self.core
        self._part = "ticks"
        if event.tick < core.tick:
            raise Quarantine(f"position {position} goes back from tick {core.tick} to {event.tick}")
        if position in self._passes and self._passes[position].ticks:
            halt_before(core)
        yield from self._go_to(event.tick, folded)
        try:
            outcome = self._take(position, event)
        except SystemFault as fault:
            # A system left no state behind: what the event was to change brought that to light.
            yield from self._fail(fault)
            yield from self._go_to(event.tick, folded)
            outcome = self._take(position, event)
        core = self.core
        if outcome is not None:
            folded.outcomes.append(outcome)
        folded.signals, core.signals = core.signals, []
        if self._watch is not None:
            self._watch(core, event_name(event))

    def _open(self, position: int, event: WorldOpened, folded: Folded) -> None:
        if position != 0 or self._core is not None:
            raise Quarantine(f"`world opened` belongs at position 0, got it at {position}")
        check_opening(event)
        self._install(event.scenario)
        genesis = Genesis(
            event.seed, event.tick_us, event.keyframe_interval, event.limits, event.rules
        )
        scenario = self.scenario
        self._core = core = Core(genesis, scenario.components, scenario.rules, scenario.assets)
        core.tick, core.doing, core.calls = event.tick, _OPENING, scenario.scheduled_calls
        self.position = 0
        try:
            if scenario.on_open is not None:
                scenario.on_open(World(core))
                core.flush()
            self._keyframe(folded)
        except UNDECIDABLE as error:
            raise Unfoldable(f"out of {type(error).__name__} while opening") from error
        except Quarantine:
            raise
        except SCENARIO_FAULTS as error:
            raise Quarantine(f"the scenario cannot open a world: {error!r}") from error
        folded.signals, core.signals = core.signals, []

    def _go_to(self, tick: int, folded: Folded | None) -> Parts[None]:
        """Advance tick by tick, through keyframes; a fault halts the world and time goes on."""
        interval = self.core.genesis.keyframe_interval
        while self.core.tick < tick:
            core = self.core
            edge = min(tick, core.tick - core.tick % interval + interval)
            if core.life == "running":
                edge = min(edge, core.tick + self._ticks_a_part)
            try:
                advance(core, self.scenario, edge, self._watch)
                if core.tick % interval == 0:
                    self._keyframe(folded)
            except SystemFault as fault:
                yield from self._fail(fault)
            if self.core.tick < tick:
                yield

    def _fail(self, fault: SystemFault) -> Parts[None]:
        """Halt a world that runs; one that stands still already has no state to go back to."""
        core = self.core
        if core.life in ("lobby", "halted") or core.fault is not None:
            raise Quarantine(f"a {core.life} world cannot be settled: {fault}") from fault
        yield from self._halt(Fault(fault.tick, fault.where, fault.kind))

    @property
    def _ticks_a_part(self) -> int:
        return max(1, _PART_US // self.core.genesis.tick_us)

    def _step_to(self, tick: int) -> Parts[None]:
        """Advance as before, with no keyframe on the way."""
        while self.core.tick < tick:
            yield
            core = self.core
            advance(core, self.scenario, min(tick, core.tick + self._ticks_a_part), None)

    def _keyframe(self, folded: Folded | None) -> None:
        """Settle the state, with a waiting upgrade in force; a refold starts from here."""
        core = self.core
        if core.upgrade is not None:
            self._upgrade(core.upgrade)
            core = self.core
        snapshot = self._settle()
        self._base, self._tail = snapshot, []
        self._digests[core.tick] = snapshot.header.digest
        while len(self._digests) > _DIGESTS_KEPT:
            del self._digests[next(iter(self._digests))]
        if folded is not None:
            folded.keyframes.append(snapshot)

    def _halt(self, fault: Fault) -> Parts[None]:
        """Take the world back to its last completed tick and stop it there.

        Refolds from the keyframe: a system that fails half-way has changed things already.
        """
        base, tail = self._base, self._tail
        assert base is not None, "tick 0 is a keyframe"
        signals = self.core.signals
        if fault.where == STATE or not (yield from self._halted_soundly(base, tail, fault)):
            fault = yield from self._first_bad_tick(base, tail, fault)
            yield from self._refold(base, tail, fault)
        self.core.signals = [s for s in signals if s.tick < fault.tick]
        why = {"where": fault.where, "kind": fault.kind}
        self.core.announce("world_halted", why, tick=fault.tick)

    def _halted_soundly(self, base: Snapshot, tail: list[AnyEvent], fault: Fault) -> Parts[bool]:
        """Halt before a system's fault; say whether the state there is one that can be kept.

        A system may have failed over a value that another one spoiled ticks before.
        """
        yield from self._refold(base, tail, fault)
        try:
            self.core.document()
        except Exception:  # noqa: BLE001 - whatever it is, the state is not sound
            return False
        return True

    def _refold(self, base: Snapshot, tail: list[AnyEvent], fault: Fault) -> Parts[None]:
        """Fold the tail again from its keyframe, standing still from the tick before the fault."""
        self._adopt(base)
        watch, self._watch = self._watch, None
        last, halted = fault.tick - 1, False
        try:
            for event in tail:
                if not halted and event.tick > last:
                    yield from self._step_to(last)
                    halted = self._stand_still(fault)
                if halted:
                    yield from self._go_to(event.tick, None)
                else:
                    yield from self._step_to(event.tick)
                self._take(self.position + 1, event)
                self.core.signals.clear()
            if not halted:
                yield from self._step_to(last)
                self._stand_still(fault)
        except SystemFault as other:
            raise Quarantine(
                f"a refold failed at tick {other.tick} in {other.where}, the first run at "
                f"{fault.tick} in {fault.where}: the scenario is not deterministic; run doctor"
            ) from other
        finally:
            self._watch = watch

    def _stand_still(self, fault: Fault) -> bool:
        core = self.core
        core.life, core.fault = "halted", fault
        return True

    def _first_bad_tick(self, base: Snapshot, tail: list[AnyEvent], fault: Fault) -> Parts[Fault]:
        """Find the tick in which a value that no state admits came in, by looking after each."""
        self._adopt(base)
        goals: list[AnyEvent | None] = [*tail, None]
        for event in goals:
            goal = fault.tick if event is None else event.tick
            while self.core.tick < goal:
                yield
                core = self.core
                try:
                    advance(core, self.scenario, core.tick + 1, None)
                    core.document()
                except Exception as error:  # noqa: BLE001 - whatever it is, this is the tick
                    return Fault(core.tick, STATE, type(error).__name__)
            if event is not None:
                self._take(self.position + 1, event)
        return fault


def to_the_end(parts: Parts[T]) -> T:
    """Do all parts of some work, one after the other; return what comes of it."""
    while True:
        try:
            next(parts)
        except StopIteration as end:
            done: T = end.value
            return done


_OPENING = "opening"
_DIGESTS_KEPT = 64
