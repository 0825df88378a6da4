"""Execute a world's log again and hold every keyframe against what was recorded of it."""

from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Any

from lqe.codec import Codec
from lqe.errors import BadInput, BadSnapshot, Gap, LedgerQuestError, MissingCode, Unfoldable
from lqe.events import AnyEvent, EventPassed, KeyframeRecorded, ScenarioUpgradedV1, WorldOpened
from lqe.fold import Code, Fold, Folded, Snapshot, first_other
from lqe.ports.budget import Budget, OutOfTime
from lqe.ports.log import WorldLog
from lqe.ports.objects import TenantObjects, snapshot_name
from lqe.version import ENGINE_VERSION
from lqe.world import state_digest

from .compare import first_difference
from .report import Divergence, PassedOver, Report, Verdict
from .state import Difference, differences

Progress = Callable[[int, int], None]
_SHOWN = 20


class _Replay:
    """One pass over a log; `keyframes` holds the digests reached until they are attested."""

    def __init__(
        self,
        world: str,
        code: Code,
        objects: TenantObjects | None,
        profile: str,
        budget: Budget | None,
        progress: Callable[[int], None],
    ) -> None:
        self.fold = Fold(code)
        self._budget = budget
        self._progress = progress
        self.report = Report(
            verdict=Verdict.VERIFIED, world=world, engine=ENGINE_VERSION, profile=profile
        )
        self._world = world
        self._objects = objects
        self._profile = profile
        self._reached: dict[int, Snapshot] = {}
        self._digest_at: dict[int, str] = {}
        self._last_good: Snapshot | None = None
        self._foreign: dict[str, None] = {}

    def take(self, position: int, event: AnyEvent) -> bool:
        """Fold one event and check what it attests; say whether all is well so far."""
        report = self.report
        if isinstance(event, (WorldOpened, ScenarioUpgradedV1)):
            report.scenarios.append(event.scenario)
        folded = self._folded(position, event)
        self._count(folded, event)
        if isinstance(event, EventPassed) and self.fold.passes_over(event):
            report.passed_over.append(
                PassedOver(
                    position=event.passed,
                    part=event.part,
                    decided_at=position,
                    by=event.by,
                    reason=event.reason,
                )
            )
        for snapshot in folded.keyframes:
            self._reached[snapshot.header.tick] = snapshot
            self._digest_at[snapshot.header.tick] = snapshot.header.digest
            if not self._snapshot_agrees(snapshot):
                return False
        return not isinstance(event, KeyframeRecorded) or self._attested(event)

    def _folded(self, position: int, event: AnyEvent) -> Folded:
        parts = self.fold.parts(position, event)
        while True:
            self._progress(position)
            try:
                with self._budget.one_event() if self._budget else nullcontext():
                    next(parts)
            except StopIteration as end:
                folded: Folded = end.value
                return folded

    def _count(self, folded: Folded, event: AnyEvent) -> None:
        report = self.report
        report.events += 1
        report.ticks = event.tick
        report.keyframes += len(folded.keyframes)
        for outcome in folded.outcomes:
            if outcome.seq is None:
                continue
            if outcome.code is None:
                report.applied += 1
            else:
                report.refused[outcome.code] = report.refused.get(outcome.code, 0) + 1

    def _snapshot_agrees(self, ours: Snapshot) -> bool:
        """Hold the stored snapshot of this keyframe against the one just reached."""
        data = self._stored(ours)
        if data is None:
            return True
        self.report.snapshots += 1
        try:
            stored = Snapshot.unchecked(data)
        except BadSnapshot as error:
            self._tampered(f"the stored snapshot of tick {ours.header.tick}: {error}", ours)
            return False
        claims = first_other(ours.header, stored.header)
        if state_digest(stored.state) == stored.header.digest and not claims:
            return True
        self._tampered(
            f"the stored snapshot of tick {ours.header.tick} was changed: "
            + (claims or "its state is not that of its digest"),
            ours,
            _between(ours, stored),
        )
        return False

    def _attested(self, event: KeyframeRecorded) -> bool:
        ours = self._reached.pop(event.keyframe, None)
        if ours is None:
            return self._attested_again(event)
        self.report.attested += 1
        if event.profile != self._profile:
            self._foreign[event.profile] = None
        if (event.digest, event.position) == (ours.header.digest, ours.header.position):
            self._last_good = ours
            return self._stored_is(ours)
        self._diverged(event, ours)
        return False

    def _attested_again(self, event: KeyframeRecorded) -> bool:
        """Accept a repeat of what was attested before; nothing else can have been recorded."""
        if self._digest_at.get(event.keyframe) == event.digest:
            return True
        self.report.verdict = Verdict.DIVERGED
        self.report.divergence = Divergence(
            what=f"a digest is recorded for tick {event.keyframe} that this log never reached",
            position=self.report.events - 1,
        )
        return False

    def _stored_is(self, ours: Snapshot) -> bool:
        """Refuse a stored snapshot that is sound in itself and not the one that was recorded."""
        data = self._stored(ours)
        stored = Snapshot.unchecked(data) if data else ours
        if stored.header.digest == ours.header.digest:
            return True
        self._tampered(
            f"the stored snapshot of tick {ours.header.tick} is not the one recorded in the log",
            ours,
            _between(ours, stored),
        )
        return False

    def _stored(self, ours: Snapshot) -> bytes | None:
        """Return what is stored for the keyframe of a snapshot, if anything is."""
        if self._objects is None:
            return None
        return self._objects.get(snapshot_name(self._world, ours.header.tick))

    def _diverged(self, event: KeyframeRecorded, ours: Snapshot) -> None:
        before = self._last_good.header if self._last_good else None
        same_numbers = event.profile == self._profile
        self.report.verdict = Verdict.DIVERGED if same_numbers else Verdict.INCONCLUSIVE
        what = "the state reached here is not the one that was recorded"
        if not same_numbers:
            what += (
                f"; it was recorded by a machine of numeric profile {event.profile:.12}, "
                f"this one has {self._profile:.12}: repeat on one of that kind"
            )
        self.report.divergence = Divergence(
            what=what,
            after=before.tick if before else None,
            at=event.keyframe,
            first=(before.position if before else -1) + 1,
            last=max(event.position, ours.header.position),
            **_shown(self._against_stored(event, ours)),
        )

    def _against_stored(self, event: KeyframeRecorded, ours: Snapshot) -> list[Difference]:
        """Explain a divergence by the stored snapshot, if that is the one recorded."""
        data = self._stored(ours)
        if data is None:
            return []
        stored = Snapshot.unchecked(data)
        if state_digest(stored.state) != event.digest:
            return []
        return _between(ours, stored)

    def _tampered(self, what: str, ours: Snapshot, found: list[Difference] | None = None) -> None:
        self.report.verdict = Verdict.TAMPERED
        self.report.divergence = Divergence(what=what, at=ours.header.tick, **_shown(found or []))

    def finish(self) -> Report:
        """Return the report of a pass that went as far as it could."""
        report = self.report
        if report.verdict is Verdict.VERIFIED and not report.attested:
            report.verdict = Verdict.INCONCLUSIVE
            report.divergence = Divergence(
                what="no keyframe of this log is attested: there is nothing to hold it against"
            )
        report.unattested = sorted(self._reached)
        report.recorded_profiles = sorted(self._foreign)
        return report


def verify(
    world: str,
    log: WorldLog,
    code: Code,
    *,
    profile: str,
    objects: TenantObjects | None = None,
    second: WorldLog | None = None,
    progress: Progress | None = None,
    budget: Budget | None = None,
) -> Report:
    """Return what re-executing a world's log shows.

    `objects` holds stored snapshots, if there are any; `second` another copy of the log. The
    events are folded by the scenario code that the log names, through `code`, each within the
    `budget` if there is one. `progress` hears the position and the last one before every part of
    an event.
    """
    head = log.head()
    said = progress or (lambda _position, _head: None)
    replay = _Replay(world, code, objects, profile, budget, lambda position: said(position, head))
    report = replay.report
    if second is not None:
        report.divergence = first_difference(log, second)
        if report.divergence is not None:
            report.verdict = Verdict.TAMPERED
            return report
    codec = Codec()
    with suppress(BadInput):  # it is met again, and told, where it stands
        replay.fold.foresee(log.read(), codec.decode)
    for expected, record in enumerate(log.read()):
        try:
            if record.position != expected:
                raise Gap(f"position {expected} is missing")
            event = codec.decode(record.data)
            if not replay.take(record.position, event):
                return replay.finish()
        except (LedgerQuestError, OutOfTime) as error:
            report.verdict = _verdict_on(error)
            report.divergence = Divergence(what=_said(error, replay.fold), position=expected)
            return replay.finish()
    return replay.finish()


def _between(ours: Snapshot, stored: Snapshot) -> list[Difference]:
    """Return how a stored state differs, if it is still a state at all."""
    try:
        return differences(ours.plain(), stored.plain())
    except Exception:  # noqa: BLE001 - whoever changed it may have written anything
        return []


def _shown(found: list[Difference]) -> dict[str, Any]:
    return {"differences": found[:_SHOWN], "more_differences": max(0, len(found) - _SHOWN)}


def _said(error: BaseException, fold: Fold) -> str:
    where = fold.stuck
    if where is None or not isinstance(error, (OutOfTime, Unfoldable)):
        return str(error)
    return f"the event cannot be folded: tick {where.tick}, in {where.where}: {error}"


def _verdict_on(error: BaseException) -> Verdict:
    """Return what it says of a log that its replay could not go on."""
    if isinstance(error, (OutOfTime, Unfoldable)):
        return Verdict.STUCK
    if isinstance(error, (BadInput, Gap)):
        return Verdict.TAMPERED
    return Verdict.INCONCLUSIVE if isinstance(error, MissingCode) else Verdict.DIVERGED
