"""From the log to everybody: worlds advanced in order, effects once above the cursor."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from lqe.codec import Codec
from lqe.errors import Conflict, Quarantine
from lqe.events import AnyEvent, KeyframeRecorded, PlayerJoined
from lqe.fold import Folded, Snapshot
from lqe.handlers.append.handler import Appended
from lqe.handlers.tell import Report, Tell
from lqe.handlers.worlds import Warm, Worlds
from lqe.ports.bus import Bus, Published
from lqe.ports.cursors import Cursor
from lqe.ports.hot import HotEntities
from lqe.ports.intake import Intake, Message
from lqe.ports.objects import snapshot_name
from lqe.projections.entities import hot_entities


class FoldHandler:
    """Folds what was appended. A gap is filled from the log; a fault stops its own world alone.

    `report` is told of every world that stands still, with the reason.
    """

    def __init__(
        self,
        worlds: Worlds,
        intake: Intake,
        bus: Bus,
        hot: HotEntities,
        tell: Tell,
        report: Report,
    ) -> None:
        self._worlds = worlds
        self._intake = intake
        self._bus = bus
        self._hot = hot
        self._tell = tell
        self._report = report
        self._codec = Codec()

    def handle(self, batch: Sequence[Appended]) -> None:
        """Bring every world in the batch up to its last event, and let the effects out."""
        by_world: dict[tuple[str, str], list[Appended]] = {}
        for appended in batch:
            by_world.setdefault((appended.tenant, appended.world), []).append(appended)
        for (tenant, world), parts in by_world.items():
            try:
                self._advance(tenant, world, parts)
            except Conflict:
                # Somebody else lets these effects out; what is here is out of date.
                self._worlds.drop(tenant, world)
            except OSError:
                # A disk that fails is no fault of a world: whoever runs this has to look.
                raise
            except Exception as error:  # noqa: BLE001 - one world's fault stops no other
                self._quarantine(tenant, world, error)

    def _advance(self, tenant: str, world: str, parts: Sequence[Appended]) -> None:
        if self._worlds.stands_still(tenant, world):
            return
        warm = self._worlds.get(tenant, world)
        for position, event in self._in_order(tenant, world, warm, parts):
            folded = warm.fold.fold(position, event)
            warm.at_us = event.at_us
            if position > warm.cursor.position:
                self._effects(tenant, world, warm, event, folded)
        if warm.newest is not None and warm.newest.tick != warm.cursor.snapshot:
            self._hot.put(tenant, world, hot_entities(warm.fold.core, warm.fold.position))
        self._tell.changed(tenant, world, warm)
        self._move(tenant, world, warm)

    def _in_order(
        self, tenant: str, world: str, warm: Warm, parts: Sequence[Appended]
    ) -> Iterator[tuple[int, AnyEvent]]:
        """Yield the events after the fold's position, from the log where the batch lacks them."""
        log = self._worlds.logs.tenant(tenant).world(world)
        for part in sorted(parts, key=lambda p: p.first):
            for record in log.read(warm.fold.position + 1, part.first):
                yield record.position, self._codec.decode(record.data)
            for position, event in enumerate(part.events, part.first):
                if position > warm.fold.position:
                    yield position, event

    def _effects(
        self, tenant: str, world: str, warm: Warm, event: AnyEvent, folded: Folded
    ) -> None:
        for snapshot in folded.keyframes:
            self._keep(tenant, world, warm, snapshot)
        if folded.signals:
            self._bus.publish(
                [
                    Published(
                        tenant=tenant, world=world, position=folded.position, index=i, signal=signal
                    )
                    for i, signal in enumerate(folded.signals)
                ]
            )
            self._tell.signals(tenant, world, folded.signals)
        for outcome in folded.outcomes:
            joined = isinstance(event, PlayerJoined)
            self._tell.outcome(tenant, world, warm, outcome, joined=joined)

    def _keep(self, tenant: str, world: str, warm: Warm, snapshot: Snapshot) -> None:
        """Store a snapshot and attest it in the log, with those that the log still lacks."""
        header = snapshot.header
        objects = self._worlds.objects.tenant(tenant)
        name = snapshot_name(world, header.tick)
        if not objects.put(name, snapshot.encode()):
            stored = Snapshot.decode(objects.get(name) or b"")
            if stored.header.digest != header.digest:
                raise Quarantine(
                    f"{name} is stored with digest {stored.header.digest:.16}…, "
                    f"this fold reached {header.digest:.16}…"
                )
        recorded = warm.fold.core.recorded
        if recorded is not None:
            for tick in [t for t in warm.unattested if t <= recorded.tick]:
                del warm.unattested[tick]
        warm.unattested[header.tick] = snapshot
        self._intake.send(
            [_attestation(tenant, world, waiting) for waiting in warm.unattested.values()]
        )
        warm.newest = header

    def _move(self, tenant: str, world: str, warm: Warm) -> None:
        """Say that the effects up to here are out; a fold that is not alone stops."""
        newest = warm.newest
        new = Cursor(
            position=warm.fold.position,
            tick=warm.fold.core.tick,
            snapshot=warm.cursor.snapshot if newest is None else newest.tick,
            digest=warm.cursor.digest if newest is None else newest.digest,
        )
        if not self._worlds.cursors.tenant(tenant).move(world, warm.cursor, new):
            raise Conflict("another fold moved the cursor of this world")
        warm.cursor = new

    def _quarantine(self, tenant: str, world: str, error: Exception) -> None:
        cursors = self._worlds.cursors.tenant(tenant)
        old = cursors.get(world)
        cursors.move(world, old, replace(old, quarantine=str(error) or repr(error)))
        self._worlds.drop(tenant, world)
        self._report(tenant, world, error)


def _attestation(tenant: str, world: str, snapshot: Snapshot) -> Message:
    header = snapshot.header
    return Message(
        id=f"keyframe:{header.tick}",
        tenant=tenant,
        world=world,
        event=KeyframeRecorded(
            keyframe=header.tick,
            position=header.position,
            digest=header.digest,
            profile=header.profile,
        ),
    )
