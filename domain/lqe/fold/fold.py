"""The fold of one world: events in, outcomes, signals and keyframes out. No I/O, no clock."""

from collections.abc import Callable
from typing import Any

import msgspec

from lqe.errors import (
    BadEvent,
    Gap,
    LedgerQuestError,
    MissingCode,
    Quarantine,
    Unavailable,
)
from lqe.events import (
    AnyEvent,
    ClockAdvanced,
    CommandSubmitted,
    KeyframeRecorded,
    PlayerJoined,
    PlayerLeft,
    ScenarioUpgraded,
    ScenarioUpgradedV1,
    ScriptPublished,
    WorldClosed,
    WorldOpened,
    event_name,
)
from lqe.scenario import Scenario
from lqe.signals import UPGRADED, Signal
from lqe.version import ENGINE_VERSION
from lqe.world import Core, Fault, Genesis, Recorded, World, state_digest

from .advance import SCENARIO_FAULTS, UNDECIDABLE, SystemFault, Watch, advance
from .decide import STARTING, decide_command, decide_join, decide_leave, start_at_quorum
from .opening import check_opening
from .outcomes import Outcome
from .seats import free_seats
from .snapshot import Header, Snapshot

Code = Callable[[str], Scenario]


class Folded(msgspec.Struct):
    """What one event brought about."""

    position: int
    tick: int
    outcomes: list[Outcome] = []
    signals: list[Signal] = []
    keyframes: list[Snapshot] = []


class Fold:
    """Folds one world's events in order. `code` returns the scenario of a digest.

    `profile` is the numeric profile of this process, noted in every snapshot. `watch`, if given,
    is called after every part of a tick, for tools that look for the first difference.
    """

    def __init__(self, code: Code, *, profile: str = "", watch: Watch | None = None) -> None:
        self._code = code
        self._profile = profile
        self._watch = watch
        self._core: Core | None = None
        self._scenario: Scenario | None = None
        self.digest_of_scenario = ""
        self.position = -1
        self._base: Snapshot | None = None
        self._tail: list[AnyEvent] = []
        self._digests: dict[int, str] = {}
        self._stopped: BaseException | None = None

    @classmethod
    def restore(
        cls, snapshot: Snapshot, code: Code, *, profile: str = "", watch: Watch | None = None
    ) -> "Fold":
        """Return the fold as it was at a keyframe; it goes on with the next position."""
        fold = cls(code, profile=profile, watch=watch)
        fold._adopt(snapshot)
        fold._digests[snapshot.header.tick] = snapshot.header.digest
        return fold

    @property
    def core(self) -> Core:
        """The world's state; there is none before `world opened`."""
        if self._core is None:
            raise BadEvent("expected `world opened` as the first event of a world")
        return self._core

    @property
    def scenario(self) -> Scenario:
        """The scenario in force."""
        assert self._scenario is not None
        return self._scenario

    def fold(self, position: int, event: AnyEvent) -> Folded:
        """Advance to the event's tick, apply it, and return what came of it.

        Raises Gap unless `position` is the next one; Quarantine when the world cannot go on.
        """
        if self._stopped is not None:
            raise Quarantine(f"this fold stopped before: {self._stopped}")
        if position != self.position + 1:
            raise Gap(f"expected position {self.position + 1}, got {position}")
        folded = Folded(position, event.tick)
        try:
            self._fold(position, event, folded)
        except BaseException as error:
            self._stopped = error
            raise
        return folded

    def _fold(self, position: int, event: AnyEvent, folded: Folded) -> None:
        if isinstance(event, WorldOpened):
            self._open(position, event, folded)
            return
        core = self.core
        if event.tick < core.tick:
            raise Quarantine(f"position {position} goes back from tick {core.tick} to {event.tick}")
        self._go_to(event.tick, folded)
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
        core.tick = event.tick
        self.position = 0
        try:
            if scenario.on_open is not None:
                scenario.on_open(World(core))
                core.flush()
            self._keyframe(folded)
        except UNDECIDABLE as error:
            raise Quarantine(f"out of {type(error).__name__} while opening") from error
        except Quarantine:
            raise
        except SCENARIO_FAULTS as error:
            raise Quarantine(f"the scenario cannot open a world: {error!r}") from error
        folded.signals, core.signals = core.signals, []

    def _install(self, digest: str) -> None:
        try:
            self._scenario = self._code(digest)
        except Unavailable:
            raise
        except LedgerQuestError as error:
            raise MissingCode(f"scenario {digest:.16}… cannot be loaded: {error}") from error
        self.digest_of_scenario = digest

    def _go_to(self, tick: int, folded: Folded | None) -> None:
        """Advance tick by tick, through keyframes; a fault halts the world and time goes on."""
        interval = self.core.genesis.keyframe_interval
        while self.core.tick < tick:
            core = self.core
            edge = min(tick, core.tick - core.tick % interval + interval)
            try:
                advance(core, self.scenario, edge, self._watch)
                if core.tick % interval == 0:
                    self._keyframe(folded)
            except SystemFault as fault:
                if core.life in ("lobby", "halted") or core.fault is not None:
                    raise Quarantine(f"a {core.life} world cannot be settled: {fault}") from fault
                self._halt(Fault(fault.tick, fault.where, fault.kind))

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

    def _settle(self) -> Snapshot:
        core = self.core
        try:
            state = core.settle()
        except UNDECIDABLE as error:
            raise Quarantine(f"out of {type(error).__name__} at a keyframe") from error
        except Exception as error:
            raise SystemFault(core.tick, _STATE, type(error).__name__) from error
        header = Header(
            tick=core.tick,
            position=self.position,
            digest=state_digest(state),
            scenario=self.digest_of_scenario,
            rules=core.genesis.rules,
            engine=ENGINE_VERSION,
            profile=self._profile,
        )
        return Snapshot(header, state)

    def _adopt(self, snapshot: Snapshot) -> None:
        self._install(snapshot.header.scenario)
        self._load(snapshot.plain())
        self.position = snapshot.header.position
        self._base, self._tail = snapshot, []

    def _halt(self, fault: Fault) -> None:
        """Take the world back to its last completed tick and stop it there.

        Refolds from the keyframe: a system that fails half-way has changed things already.
        """
        base, tail = self._base, self._tail
        assert base is not None, "tick 0 is a keyframe"
        signals = self.core.signals
        if fault.where == _STATE or not self._halted_soundly(base, tail, fault):
            fault = self._first_bad_tick(base, tail, fault)
            self._refold(base, tail, fault)
        self.core.signals = [s for s in signals if s.tick < fault.tick]
        why = {"where": fault.where, "kind": fault.kind}
        self.core.announce("world_halted", why, tick=fault.tick)

    def _halted_soundly(self, base: Snapshot, tail: list[AnyEvent], fault: Fault) -> bool:
        """Halt before a system's fault; say whether the state there is one that can be kept.

        A system may have failed over a value that another one spoiled ticks before.
        """
        self._refold(base, tail, fault)
        try:
            self.core.document()
        except Exception:  # noqa: BLE001 - whatever it is, the state is not sound
            return False
        return True

    def _refold(self, base: Snapshot, tail: list[AnyEvent], fault: Fault) -> None:
        """Fold the tail again from its keyframe, standing still from the tick before the fault."""
        self._adopt(base)
        watch, self._watch = self._watch, None
        last, halted = fault.tick - 1, False
        try:
            for event in tail:
                if halted or event.tick > last:
                    halted = halted or self._stand_still(last, fault)
                    self._go_to(event.tick, None)
                else:
                    advance(self.core, self.scenario, event.tick, None)
                self._take(self.position + 1, event)
                self.core.signals.clear()
            if not halted:
                self._stand_still(last, fault)
        except SystemFault as other:
            raise Quarantine(
                f"a refold failed at tick {other.tick} in {other.where}, the first run at "
                f"{fault.tick} in {fault.where}: the scenario is not deterministic; run doctor"
            ) from other
        finally:
            self._watch = watch

    def _stand_still(self, last: int, fault: Fault) -> bool:
        """Complete the last tick that can be, and halt."""
        core = self.core
        advance(core, self.scenario, last, None)
        core.life, core.fault = "halted", fault
        return True

    def _first_bad_tick(self, base: Snapshot, tail: list[AnyEvent], fault: Fault) -> Fault:
        """Find the tick in which a value that no state admits came in, by looking after each."""
        self._adopt(base)
        goals: list[AnyEvent | None] = [*tail, None]
        for event in goals:
            goal = fault.tick if event is None else event.tick
            while self.core.tick < goal:
                core = self.core
                try:
                    advance(core, self.scenario, core.tick + 1, None)
                    core.document()
                except Exception as error:  # noqa: BLE001 - whatever it is, this is the tick
                    return Fault(core.tick, _STATE, type(error).__name__)
            if event is not None:
                self._take(self.position + 1, event)
        return fault

    def _take(self, position: int, event: AnyEvent) -> Outcome | None:
        """Apply an event, and keep it for a refold, unless one would now start after it."""
        tail = self._tail
        if isinstance(event, (ClockAdvanced, PlayerJoined)):
            free_seats(self.core, self.scenario)
        outcome = self._apply(position, event)
        self.position = position
        if tail is self._tail:
            tail.append(event)
        return outcome

    def _apply(self, position: int, event: AnyEvent) -> Outcome | None:
        core, scenario = self.core, self.scenario
        if isinstance(event, CommandSubmitted):
            return decide_command(core, scenario, event, position)
        if isinstance(event, PlayerJoined):
            return decide_join(core, scenario, event, position)
        if isinstance(event, PlayerLeft):
            decide_leave(core, scenario, event)
        elif isinstance(event, KeyframeRecorded):
            self._attest(event)
        elif isinstance(event, ScenarioUpgraded) and event.scenario == self.digest_of_scenario:
            core.upgrade = None
        elif isinstance(event, ScenarioUpgradedV1):
            if core.life == "halted":
                self._upgrade(event.scenario)
                self.position = position
                self._base, self._tail = self._settle(), []
            else:
                core.upgrade = event.scenario
        elif isinstance(event, WorldClosed):
            core.life = "closed"
            core.announce("world_closed", {})
        elif isinstance(event, ScriptPublished):
            core.script = event.script
        return None

    def _attest(self, event: KeyframeRecorded) -> None:
        core = self.core
        ours = self._digests.get(event.keyframe)
        if ours is not None and ours != event.digest and event.profile == self._profile:
            raise Quarantine(
                f"keyframe {event.keyframe} was recorded with digest {event.digest:.16}…, "
                f"this fold reached {ours:.16}…"
            )
        if core.recorded is None or event.keyframe > core.recorded.tick:
            core.recorded = Recorded(event.keyframe, event.digest)

    def _upgrade(self, digest: str) -> None:
        """Go on with other code, its `migrate` turning the old state into its own.

        A state that the new code cannot take over leaves the old code in force. A halted world
        runs again; a refold of it starts from here, not from before its fault.
        """
        old, signals = self.digest_of_scenario, self.core.signals
        self.core.upgrade = None
        before = self._settle()
        self._install(digest)
        try:
            state = before.plain()
            if self.scenario.migration is not None:
                state = self.scenario.migration(state, old)
            self._load(state)
            self.core.settle()
            data = {"from": old, "to": digest, "clock_hz": self.scenario.rules.clock_hz}
            upgraded, name = True, UPGRADED
        except UNDECIDABLE as error:
            raise Quarantine(f"out of {type(error).__name__} in migrate") from error
        except Exception as error:  # noqa: BLE001 - whatever it is, the old code goes on
            self._install(old)
            self._load(before.plain())
            upgraded, name, data = (
                False,
                "upgrade_refused",
                {"to": digest, "kind": type(error).__name__},
            )
        core = self.core
        core.signals = signals
        core.announce(name, data)
        if core.life == "halted" and upgraded:
            never_began = core.fault is not None and core.fault.where == STARTING
            core.life, core.fault = "lobby" if never_began else "running", None
            start_at_quorum(core, self.scenario)

    def _load(self, state: dict[str, Any]) -> None:
        scenario = self.scenario
        self._core = Core.load(state, scenario.components, scenario.rules, scenario.assets)


_STATE = "state"
_DIGESTS_KEPT = 64
