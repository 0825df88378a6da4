"""What a fold lets out: snapshots, attestations, signals, hot entities, and then its cursor."""

from collections.abc import Callable

from msgspec.structs import replace

from lqe.errors import Conflict, Quarantine
from lqe.events import KeyframeRecorded
from lqe.fold import Snapshot
from lqe.handlers.worlds import Warm
from lqe.ports.bus import Bus
from lqe.ports.clock import Clock
from lqe.ports.cursors import Cursors
from lqe.ports.hot import HotEntities
from lqe.ports.intake import Intake, Message
from lqe.ports.objects import Objects, snapshot_name
from lqe.projections.entities import hot_entities


class Effects:
    """Lets out what was folded above a world's cursor, at least once, and moves the cursor then.

    `pause_us`, by `clock`, is the least time between two of a world's effects where its process is
    sure to run on; keyframes do not wait. Without it, nothing waits. `flush` is called with tenant
    and world before the cursor moves: what was told till then has to be on its way, for it is not
    told again.

    Raises Conflict if another fold moved it meanwhile, Unavailable if something did not answer:
    the warm world must be dropped in both cases, and its effects happen again.
    """

    def __init__(
        self,
        objects: Objects,
        cursors: Cursors,
        intake: Intake,
        bus: Bus,
        hot: HotEntities,
        *,
        clock: Clock | None = None,
        pause_us: int = 0,
        flush: Callable[[str, str], None] = lambda _tenant, _world: None,
    ) -> None:
        self._flush = flush
        self._clock = clock
        self._pause_us = pause_us
        self._objects = objects
        self._cursors = cursors
        self._intake = intake
        self._bus = bus
        self._hot = hot

    def keep(self, warm: Warm, snapshot: Snapshot) -> None:
        """Store a snapshot; one of the same tick with another digest is a fault of the world."""
        header = snapshot.header
        objects = self._objects.tenant(warm.tenant)
        name = snapshot_name(warm.world, header.tick)
        if not objects.put(name, snapshot.encode()):
            stored = Snapshot.decode(objects.get(name) or b"")
            if stored.header.digest != header.digest:
                raise Quarantine(
                    f"{name} is stored with digest {stored.header.digest:.16}…, "
                    f"this fold reached {header.digest:.16}…: one of them is wrong; find out which "
                    "by replaying the log, and delete the snapshot if it is that one"
                )
        warm.unattested.append(header)
        warm.newest = header

    def is_due(self, warm: Warm) -> bool:
        """Say whether the pause since a world's last effects is over."""
        if self._clock is None:
            return True
        return not 0 <= self._clock.now_us() - warm.out_us < self._pause_us

    def let_out(self, warm: Warm, *, at_once: bool = False) -> None:
        """Publish, attest and store what waits, and only then say so on the cursor.

        What came too soon after the last goes on waiting, unless it has to be `at_once`.
        """
        if warm.fold.position <= warm.cursor.position:
            return
        if not at_once and warm.newest is None and not self.is_due(warm):
            return
        if self._clock is not None:
            warm.out_us = self._clock.now_us()
        if warm.signals:
            self._bus.publish(warm.signals)
        if warm.unattested:
            self._intake.send(_attestations(warm))
        if warm.newest is not None:
            self._hot.replace(
                warm.tenant,
                warm.world,
                warm.fold.position,
                hot_entities(warm.fold.core, warm.fold.position),
                anew=warm.is_new,
            )
            warm.is_new = False
        self._move(warm)
        warm.signals = []
        warm.unattested = []
        warm.newest = None

    def _move(self, warm: Warm) -> None:
        newest = warm.newest
        self._flush(warm.tenant, warm.world)
        new = replace(
            warm.cursor,
            position=warm.fold.position,
            tick=warm.fold.core.tick,
            snapshot=warm.cursor.snapshot if newest is None else newest.tick,
            digest=warm.cursor.digest if newest is None else newest.digest,
            scenario=warm.fold.digest_of_scenario,
            usage=warm.usage,
            present=sum(player.present for player in warm.fold.core.players.values()),
            closed_us=warm.cursor.closed_us or (warm.at_us if warm.ending is not None else 0),
            stuck=None,
        )
        if not self._cursors.tenant(warm.tenant).move(warm.world, warm.cursor, new):
            raise Conflict("another fold moved the cursor of this world")
        warm.cursor = new


def _attestations(warm: Warm) -> list[Message]:
    return [
        Message(
            id=f"keyframe:{header.tick}:{header.digest:.16}",
            tenant=warm.tenant,
            world=warm.world,
            events=(
                KeyframeRecorded(
                    keyframe=header.tick,
                    position=header.position,
                    digest=header.digest,
                    profile=header.profile,
                ),
            ),
        )
        for header in warm.unattested
    ]
