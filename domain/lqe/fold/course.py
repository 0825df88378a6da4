"""Where a world stands: its state, the code in force, and the keyframe that both go back to."""

from collections.abc import Callable
from typing import Any

import msgspec

from lqe.errors import (
    BadEvent,
    LedgerQuestError,
    MissingCode,
    Quarantine,
    StateError,
    Unavailable,
    Unfoldable,
)
from lqe.events import (
    AnyEvent,
    ClockAdvanced,
    CommandSubmitted,
    EventPassed,
    KeyframeRecorded,
    PlayerJoined,
    PlayerLeft,
    ScenarioUpgraded,
    ScenarioUpgradedV1,
    ScriptPublished,
    WorldClosed,
    event_name,
)
from lqe.scenario import Scenario
from lqe.signals import UPGRADED, Ending
from lqe.stuck import Part
from lqe.version import ENGINE_VERSION
from lqe.world import Core, Recorded, state_digest

from .advance import STATE, UNDECIDABLE, SystemFault
from .decide import STARTING, decide_command, decide_join, decide_leave, start_at_quorum
from .outcomes import Outcome
from .passing import Passes, check_foreseen
from .seats import free_seats
from .snapshot import Header, Snapshot

Code = Callable[[str], Scenario]


class Course:
    """What a fold goes on from. Events are applied here; between their ticks `Fold` advances."""

    def __init__(self, code: Code, profile: str) -> None:
        self._code = code
        self._profile = profile
        self._core: Core | None = None
        self._scenario: Scenario | None = None
        self.digest_of_scenario = ""
        self.position = -1
        self._base: Snapshot | None = None
        self._tail: list[AnyEvent] = []
        self._digests: dict[int, str] = {}
        self._part: Part = "event"
        self._passes: Passes = {}

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

    def _install(self, digest: str) -> None:
        try:
            self._scenario = self._code(digest)
        except Unavailable:
            raise
        except LedgerQuestError as error:
            raise MissingCode(f"scenario {digest:.16}… cannot be loaded: {error}") from error
        self.digest_of_scenario = digest

    def _adopt(self, snapshot: Snapshot) -> None:
        self._install(snapshot.header.scenario)
        try:
            self._load(snapshot.plain())
        except (msgspec.MsgspecError, StateError) as error:
            raise Quarantine(
                f"the state at tick {snapshot.header.tick} cannot be taken up: {error}"
            ) from error
        self.position = snapshot.header.position
        self._base, self._tail = snapshot, []

    def _load(self, state: dict[str, Any]) -> None:
        scenario, doing = self.scenario, STATE if self._core is None else self._core.doing
        self._core = Core.load(state, scenario.components, scenario.rules, scenario.assets)
        self._core.doing, self._core.calls = doing, scenario.scheduled_calls

    def _settle(self) -> Snapshot:
        core = self.core
        core.doing = STATE
        try:
            state = core.settle()
        except UNDECIDABLE as error:
            raise Unfoldable(f"out of {type(error).__name__} at a keyframe") from error
        except Exception as error:
            raise SystemFault(core.tick, STATE, type(error).__name__) from error
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

    def _take(self, position: int, event: AnyEvent) -> Outcome | None:
        """Apply an event, and keep it for a refold, unless one would now start after it."""
        tail, core = self._tail, self.core
        if isinstance(event, (ClockAdvanced, PlayerJoined)):
            core.doing = "gone"
            free_seats(core, self.scenario)
        self._part, core.doing = "event", _named(event)
        outcome = self._apply(position, event)
        self.position = position
        if tail is self._tail:
            tail.append(event)
        return outcome

    def _apply(self, position: int, event: AnyEvent) -> Outcome | None:
        core, scenario = self.core, self.scenario
        passed = position in self._passes and self._passes[position].event
        if isinstance(event, CommandSubmitted):
            return decide_command(core, scenario, event, position, passed=passed)
        if isinstance(event, PlayerJoined):
            return decide_join(core, scenario, event, position, passed=passed)
        if isinstance(event, PlayerLeft):
            decide_leave(core, scenario, event, passed=passed)
        elif not passed:
            self._apply_own(position, event)
        return None

    def _apply_own(self, position: int, event: AnyEvent) -> None:
        """Apply what the engine itself recorded, and no player."""
        core = self.core
        if isinstance(event, EventPassed):
            check_foreseen(position, event, self._passes, core)
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
            core.end(Ending(event.reason))
        elif isinstance(event, ScriptPublished):
            core.script = event.script

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
        part, self._part, self.core.doing = self._part, "upgrade", f"the upgrade to {digest:.12}"
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
            raise Unfoldable(f"out of {type(error).__name__} in migrate") from error
        except Exception as error:  # noqa: BLE001 - whatever it is, the old code goes on
            self._install(old)
            self._load(before.plain())
            upgraded, name, data = (
                False,
                "upgrade_refused",
                {"to": digest, "kind": type(error).__name__},
            )
        core = self.core
        self._part, core.doing = part, f"the upgrade to {digest:.12}"
        core.signals = signals
        core.announce(name, data)
        if core.life == "halted" and upgraded:
            never_began = core.fault is not None and core.fault.where == STARTING
            core.life, core.fault = "lobby" if never_began else "running", None
            start_at_quorum(core, self.scenario)


def _named(event: AnyEvent) -> str:
    """Return what people call an event by."""
    return f"command {event.name}" if isinstance(event, CommandSubmitted) else event_name(event)
