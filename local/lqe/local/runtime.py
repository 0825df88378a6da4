"""The embedded engine: ports, handlers and threads put together over one data folder."""

import itertools
import secrets
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from lqe.adapters.budget import WatchedBudget
from lqe.adapters.clock import SystemClock
from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.files import FileObjects
from lqe.adapters.memory import MemoryHotEntities
from lqe.adapters.scenarios import ScenarioCode
from lqe.adapters.sqlite import SQLiteDocuments, SQLiteLogs
from lqe.events import AnyEvent, PlayerLeft, WorldOpened
from lqe.fold import Code
from lqe.handlers.achievements.handler import Achievements
from lqe.handlers.append.handler import Append, Appended
from lqe.handlers.audit_logger.handler import AuditLogger
from lqe.handlers.connect.handler import Connect
from lqe.handlers.fold.effects import Effects
from lqe.handlers.fold.handler import FoldHandler
from lqe.handlers.meter.handler import Meter
from lqe.handlers.submit.handler import Answer, Submit
from lqe.handlers.tell import Report, Tell
from lqe.handlers.tick.handler import Tick
from lqe.handlers.view.handler import ViewHandler
from lqe.handlers.worlds import Worlds
from lqe.names import check_world
from lqe.ports.intake import Message
from lqe.profile import numeric_profile
from lqe.scenario import Scenario
from lqe.source import Source
from lqe.version import RULES_VERSION

from .bus import LocalBus, Observer
from .pipeline import Failed, Pipeline, QueueIntake
from .sockets import Socket, Sockets

TENANT = "local"
_SEED_BYTES = 32


class Runtime:
    """Runs the worlds of one tenant below a folder, all of one scenario.

    `report` hears of worlds that stand still, `failed` of what ends the runtime.
    """

    def __init__(
        self,
        folder: Path,
        source: Source,
        *,
        report: Report,
        failed: Failed,
        observers: Sequence[Observer] = (),
        tenant: str = TENANT,
    ) -> None:
        self.tenant = tenant
        self.sockets = Sockets()
        self._logs = SQLiteLogs(folder)
        self._documents = SQLiteDocuments(folder)
        self._cursors = DocumentCursors(self._documents)
        objects = FileObjects(folder)
        self._code = ScenarioCode(objects.tenant(tenant))
        self.digest = self._code.keep(source)
        self.scenario = self._code(self.digest)
        self._intake = QueueIntake()
        clock, budget = SystemClock(), WatchedBudget()
        worlds = self._folds = Worlds(
            self._logs,
            objects,
            self._cursors,
            self._code_of,
            numeric_profile(),
            budget,
        )
        tell = Tell(self.sockets, self.sockets, clock, budget, report)
        self.hot = MemoryHotEntities()
        kept = (
            Meter(self._documents).handle,
            Achievements(self._documents).handle,
            AuditLogger(self._documents).handle,
        )
        bus = LocalBus([*kept, *observers], report)
        effects = Effects(objects, self._cursors, self._intake, bus, self.hot)
        fold = FoldHandler(worlds, effects, tell, report)
        append = Append(self._logs, clock, self.sockets)
        self._submit = Submit(self._intake, self._scenario_of, clock)
        self._connect = Connect(self.sockets, self.sockets, self._intake, clock)
        self._tick = Tick(self.sockets, self._intake, clock)
        self._frames, self._beats = itertools.count(1), itertools.count(1)
        self.pipeline = Pipeline(
            self._intake, append, fold, ViewHandler(worlds, tell, report), failed
        )

    def _code_of(self, tenant: str) -> Code:
        assert tenant == self.tenant
        return self._code

    def _scenario_of(self, tenant: str, world: str) -> Scenario:
        """Return the code in force in a world: older worlds go on with their own."""
        in_force = self._folds.scenario(tenant, world)
        if in_force is not None:
            return in_force
        digest = self._cursors.tenant(tenant).get(world).scenario
        return self._code(digest) if digest else self.scenario

    def start(self) -> None:
        """Start appending and folding, and fold what was recorded and not folded before.

        A world in quarantine is tried again: whoever starts a server may have repaired it.
        """
        cursors = self._cursors.tenant(self.tenant)
        for world in self.worlds():
            cursor = cursors.get(world)
            if cursor.quarantine:
                cursors.move(world, cursor, replace(cursor, quarantine=""))
        self.pipeline.start()
        logs = self._logs.tenant(self.tenant)
        for world in self.worlds():
            self.pipeline.ring(Appended(self.tenant, world, logs.world(world).head() + 1, []))
        self.pipeline.then(self._let_go)

    def _let_go(self) -> None:
        """Let sessions leave whose sockets ended with the process before this one."""
        for world in self.worlds():
            here = {(c.player, c.session) for c in self.sockets.of(self.tenant, world)}
            for player, session, connection in self._folds.connected(self.tenant, world):
                if (player, session) not in here:
                    left = PlayerLeft(player=player, session=session, connection=connection)
                    self.send(world, left)

    def worlds(self) -> list[str]:
        """Return the names of the worlds in the data folder."""
        return self._logs.tenant(self.tenant).worlds()

    def open_world(self, world: str) -> None:
        """Open a world, unless it is there already."""
        rules = self.scenario.rules
        self.send(
            check_world(world),
            WorldOpened(
                scenario=self.digest,
                rules=RULES_VERSION,
                seed=secrets.token_bytes(_SEED_BYTES),
                tick_us=rules.tick_us,
                keyframe_interval=rules.keyframe_interval,
                limits=rules.limits,
            ),
        )

    def send(self, world: str, event: AnyEvent) -> None:
        """Send an event of the runtime itself to a world's intake."""
        message = Message(id=secrets.token_hex(8), tenant=self.tenant, world=world, events=(event,))
        self._intake.send([message])

    def take(self, socket: Socket, data: bytes) -> Answer:
        """Take in a message of a socket; return what to answer or do instead, if anything."""
        self._connect.heard(socket.connection)
        frame = f"{socket.connection.id}:{next(self._frames)}"
        return self._submit.handle(socket.connection, data, frame)

    def join(self, socket: Socket) -> None:
        """Let a socket's session enter its world; an older socket of the session is closed."""
        self._connect.open(socket.connection)

    def leave(self, socket: Socket) -> None:
        """Let a socket's session be gone."""
        self.sockets.forget(socket)
        self._submit.forget(socket.connection)
        self._connect.close(socket.connection)

    def tick(self) -> None:
        """Record that time passed in every world where somebody is."""
        beat = next(self._beats)
        for tenant, world in self.sockets.worlds():
            self._tick.handle(tenant, world, f"tick:{beat}")

    def stop(self) -> None:
        """Record and fold what was sent, then close the files."""
        self.pipeline.stop()
        self._logs.close()
        self._documents.close()
