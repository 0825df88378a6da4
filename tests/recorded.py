"""A game of stones that was played and recorded: its log, its snapshots, its code, in memory."""

from pathlib import Path

import msgspec

from lqe.adapters.budget import Unlimited
from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.memory import MemoryDocuments, MemoryHotEntities, MemoryLogs, MemoryObjects
from lqe.adapters.scenarios import ScenarioCode, read_source
from lqe.codec import Codec
from lqe.events import AnyEvent, KeyframeRecorded, event_name
from lqe.fold import Snapshot
from lqe.handlers.append.handler import Append, Appended
from lqe.handlers.fold.effects import Effects
from lqe.handlers.fold.handler import FoldHandler
from lqe.handlers.tell import Report as Told
from lqe.handlers.tell import Tell
from lqe.handlers.worlds import Worlds
from lqe.local.bus import LocalBus
from lqe.local.intake import QueueIntake
from lqe.local.sockets import Sockets
from lqe.ports.bus import Bus
from lqe.ports.intake import Intake, Message
from lqe.ports.log import Commit, Record
from lqe.ports.objects import snapshot_name
from lqe.profile import numeric_profile
from lqe.replay import Report, verify
from lqe.replay.script import make_script

STONES = Path(__file__).parent / "games" / "stones"
TENANT, WORLD = "acme", "w1"
START_US = 1_700_000_000_000_000


class SteppingClock:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.us = START_US

    def now_us(self) -> int:
        return self.us


def fail(tenant: str, world: str, error: BaseException) -> None:
    raise AssertionError(f"{tenant}#{world}: {error}") from error


class Recorded:
    """One world that went the whole way of a command: append, fold, snapshots, attestations."""

    def __init__(self, folder: Path = STONES) -> None:
        self.logs, self.objects = MemoryLogs(), MemoryObjects()
        self.cursors = DocumentCursors(MemoryDocuments())
        self.stored = self.objects.tenant(TENANT)
        self.code = ScenarioCode(self.stored)
        self.digest = self.code.keep(read_source(folder))
        self.profile = numeric_profile()
        self.clock, self.intake, self.sockets = SteppingClock(), QueueIntake(), Sockets()
        self.append = Append(self.logs, self.clock, self.sockets)
        self.fold = self.make_fold()

    def make_fold(self) -> FoldHandler:
        """Return a fold that knows nothing but what is stored."""
        return self.fold_with(self.intake, LocalBus(), fail)

    def fold_with(self, intake: Intake, bus: Bus, report: Told) -> FoldHandler:
        """Return a fold that knows nothing, with other ends to its effects."""
        worlds = Worlds(
            self.logs, self.objects, self.cursors, lambda _: self.code, self.profile, Unlimited()
        )
        effects = Effects(self.objects, self.cursors, intake, bus, MemoryHotEntities())
        tell = Tell(self.sockets, self.sockets, self.clock, Unlimited(), fail)
        return FoldHandler(worlds, effects, tell, report)

    def play(self, *, players: int = 3, ticks: int = 400, seed: int = 1) -> "Recorded":
        """Record what the bots do, each event at the tick that its script says."""
        script = make_script(self.code, self.digest, players=players, ticks=ticks, seed=seed)
        for number, event in enumerate(script):
            self.clock.us = START_US + event.tick * 16_000
            self.send(event, f"m{number}")
        return self

    def send(self, event: AnyEvent, name: str = "m") -> list[Appended]:
        """Let one event take its way, and what the fold sends after it."""
        message = Message(id=name, tenant=TENANT, world=WORLD, events=(event,))
        appended = self.append.handle([message]).appended
        self.fold.handle(appended)
        while len(self.intake):
            more, _ = self.intake.take()
            self.fold.handle(self.append.handle(more).appended)
        return appended

    def records(self) -> list[Record]:
        return list(self.logs.tenant(TENANT).world(WORLD).read())

    def events(self) -> list[AnyEvent]:
        decode = Codec().decode
        return [decode(r.data) for r in self.records()]

    def keyframes(self) -> list[KeyframeRecorded]:
        return [e for e in self.events() if isinstance(e, KeyframeRecorded)]

    def with_event(self, position: int, event: AnyEvent) -> "MemoryLogs":
        """Return a copy of the log in which one event is another."""
        return self.with_bytes(position, Codec().encode(event), event_name(event))

    def with_bytes(self, position: int, data: bytes, name: str | None = None) -> "MemoryLogs":
        """Return a copy of the log in which one event's bytes are others."""
        records = self.records()
        old = records[position]
        records[position] = Record(position, name or old.name, data)
        copy = MemoryLogs()
        commit = Commit(WORLD, 0, [r.name for r in records], [r.data for r in records])
        copy.tenant(TENANT).append([commit])
        return copy

    def replace_snapshot(self, tick: int, snapshot: Snapshot) -> MemoryObjects:
        """Return the objects with one snapshot replaced."""
        name, changed = snapshot_name(WORLD, tick), MemoryObjects()
        for known in self.stored.names(""):
            data = self.stored.get(known)
            assert data is not None
            changed.tenant(TENANT).put(known, snapshot.encode() if known == name else data)
        return changed

    def snapshot(self, tick: int) -> Snapshot:
        data = self.stored.get(snapshot_name(WORLD, tick))
        assert data is not None
        return Snapshot.decode(data)

    def verify(
        self,
        logs: MemoryLogs | None = None,
        objects: MemoryObjects | None = None,
        second: MemoryLogs | None = None,
        profile: str | None = None,
    ) -> Report:
        """Replay this world, or a changed copy of it."""
        return verify(
            WORLD,
            (logs or self.logs).tenant(TENANT).world(WORLD),
            self.code,
            profile=profile or self.profile,
            objects=(objects or self.objects).tenant(TENANT),
            second=second.tenant(TENANT).world(WORLD) if second else None,
        )


def changed_args(event: AnyEvent, **args: float) -> AnyEvent:
    """Return a command with other arguments."""
    return msgspec.structs.replace(event, args=msgspec.msgpack.encode(args))
