"""The embedded engine over one data folder: commits here, folds in worker processes."""

import asyncio
import itertools
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lqe.adapters.clock import SteadyClock, SystemClock
from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.files import FileObjects
from lqe.adapters.scenarios import ScenarioCode
from lqe.adapters.sqlite import SQLiteDocuments, SQLiteLogs
from lqe.closing import Close
from lqe.errors import LedgerQuestError, Unavailable
from lqe.events import AnyEvent, CommandSubmitted, WorldClosed
from lqe.handlers.append.handler import Appended
from lqe.handlers.connect.handler import Connect
from lqe.handlers.submit.handler import Answer, Submit
from lqe.handlers.tell import Report
from lqe.handlers.tick.handler import Tick
from lqe.names import check_world
from lqe.ports.intake import Message
from lqe.ports.push import Connection
from lqe.replay.script import opened
from lqe.source import Source

from .bounds import Bounds
from .bus import LocalBus, Observer
from .clock_watch import ClockWatch
from .code_in_force import CodeInForce
from .committer import Committed, Committer
from .ended_worlds import Stores
from .endings import Endings
from .figures import show_figures
from .intake import QueueIntake
from .link import (
    Apart,
    Behind,
    Closed,
    Ended,
    Figures,
    Happened,
    InForce,
    Opened,
    Over,
    Queued,
    Shown,
    Spread,
    Stands,
    Start,
    Stored,
    Told,
    ToServer,
    ToWorker,
    ViewFails,
    ViewNeeded,
    about,
)
from .lock import FolderLock
from .metrics import Metrics
from .openings import Openings
from .retention import Retention
from .settings import Settings
from .sockets import Socket, Sockets
from .ticking import Ticking
from .trials import Trials
from .troubles import STANDS_STILL, Stopped, Troubles
from .unfinished import unfinished
from .view_notices import ViewNotices
from .workers import Workers

_SEED_BITS = 256
Key = tuple[str, str]
Failed = Callable[[BaseException], None]


class ClockLeapt(LedgerQuestError):
    """The system's clock was set while the server ran."""


class Runtime:
    """Runs the worlds of some tenants below a folder; new worlds are of one scenario.

    `report` hears of worlds that stand still and, with no tenant, of what else went wrong where;
    `failed` of what ends the runtime. All but `__init__` is to be called in the thread of the loop
    that `start` ran in.
    """

    def __init__(
        self,
        folder: Path,
        source: Source,
        *,
        report: Report,
        failed: Failed,
        settings: Settings | None = None,
        observers: Sequence[Observer] = (),
    ) -> None:
        self.settings = settings or Settings()
        self._lock = FolderLock(folder)
        self._report = report
        self._failed = failed
        self.sockets = Sockets()
        self.metrics = Metrics()
        self.clock = SteadyClock()
        self.clock_watch = ClockWatch(SystemClock(), self.clock, self._clock_leapt)
        self.logs = SQLiteLogs(folder)
        self.documents = SQLiteDocuments(folder)
        self.cursors = DocumentCursors(self.documents)
        self.objects = FileObjects(folder)
        self._codes = {t: ScenarioCode(self.objects.tenant(t)) for t in self.settings.served}
        self.openings = Openings()
        self._heads: dict[Key, int] = {}
        self._stored_us: dict[Key, int] = {}
        self.troubles = Troubles(self.logs, self.cursors, report, self._tenant_stops)
        self._behind: set[Key] = set()
        self.use(source)
        self._bus = LocalBus(observers, report)
        self._intake = QueueIntake.of(len(self.settings.served))
        self.bounds = Bounds(
            self.settings,
            self.clock,
            lambda t: len(self.logs.tenant(t).worlds()) + self.openings.count(t),
        )
        self.time = Ticking(
            Tick(self.sockets, self._intake, self.clock),
            self.clock,
            lambda key: self._stored_us.get(key, 0),
        )
        self.endings = Endings(self.sockets, self.time.stop)
        self._in_force = CodeInForce(
            self._codes, self.cursors, lambda: self.digest, self.time.resume
        )
        self._submit = Submit(self._intake, self._in_force.scenario, self.bounds.rates)
        self._connect = Connect(self.sockets, self.sockets, self._intake, self.clock, self.time)
        self._frames = itertools.count(1)
        start = Start(
            str(folder.resolve()),
            observed=bool(observers),
            clock_began_us=self.clock.began_us,
            most_bytes=self.settings.worker_mb << 20,
        )
        self.retention = self._new_retention(folder)
        self._workers = Workers(start, self.settings.workers, self.settings.patience_s)
        self._committer = self._new_committer()
        self.view_notices = ViewNotices(self.report_fault)
        self._hearing = self._ears()
        show_figures(
            self.metrics,
            self.sockets,
            self._intake,
            self._workers,
            self.clock_watch,
            lambda: len(self.troubles.standing()),
        )

    def _new_retention(self, folder: Path) -> Retention:
        return Retention(
            self.settings, self.clock, Stores(folder, self.logs, self.objects, self.documents),
            is_played=lambda key: bool(self.sockets.of(*key)), close=self.send,
            deleted=self.forget, report=self._report,
        )  # fmt: skip

    def use(self, source: Source) -> str:
        """Let new worlds be of this scenario from now on; return its digest."""
        for tenant, code in self._codes.items():
            with self.troubles.of(tenant):
                self.digest = code.keep(source)
                self.scenario = code(self.digest)
        if all(map(self.troubles.why, self._codes)):
            raise Unavailable("none of the tenants can be served: repair the data folder")
        return self.digest

    async def start(self) -> None:
        """Start committing and folding, and fold what was recorded and not folded before."""
        self._loop = asyncio.get_running_loop()
        self._trials = Trials(self.cursors, self._workers, self._state_of, self._stands)
        for tenant in self.settings.served:
            with self.troubles.of(tenant):
                self._heads |= unfinished(tenant, self.logs, self.cursors, self.troubles.quarantine)
        self._committer.start()
        self.clock_watch.begin()
        self.retention.begin()
        await self._workers.begin(self._hear, self._briefing, self._trials.worker_died)

    def _tenant_stops(self, tenant: str) -> None:
        """Let go what a tenant that stands still has here."""
        self._heads = {key: head for key, head in self._heads.items() if key[0] != tenant}
        self.openings.failed(tenant)
        for socket in self.sockets.all():
            if socket.connection.tenant == tenant:
                socket.end(Close.NOT_NOW, STANDS_STILL)

    async def stop(self, say_goodbye: Callable[[], Awaitable[None]] | None = None) -> None:
        """Record and fold what was sent, then close the files.

        `say_goodbye` is called when everybody has been told what became of what they sent.
        """
        self.clock_watch.end()
        await self.retention.end()
        await self._loop.run_in_executor(None, self._committer.stop)
        await self._let_happen()
        await self._trials.end()
        await self._workers.finish()
        if say_goodbye is not None:
            await say_goodbye()
        # What the last folds attest is recorded; the next start folds it.
        last = self._new_committer()
        last.start()
        await self._loop.run_in_executor(None, last.stop)
        await self._let_happen()
        self.logs.close()
        self.documents.close()
        self._lock.release()

    async def _let_happen(self) -> None:
        """Let what the committer handed over reach sockets and workers."""
        for _ in range(3):
            await asyncio.sleep(0)

    # What comes in

    def has_world(self, tenant: str, world: str) -> bool:
        """Say whether there is a world of that name, also one whose log lost its end."""
        log = self.logs.tenant(tenant).world(world)
        return (tenant, world) in self._heads or any(True for _ in log.read(0, 1))

    def open_world(self, tenant: str, world: str) -> None:
        """Open a world, unless it is there already."""
        if (tenant, world) in self._heads or not self.openings.begin((tenant, check_world(world))):
            return
        event = opened(self.scenario, self.digest, secrets.randbits(_SEED_BITS))
        self.send(tenant, world, event)

    def send(self, tenant: str, world: str, event: AnyEvent) -> None:
        """Send an event of the runtime itself to a world's intake."""
        message = Message(id=secrets.token_hex(8), tenant=tenant, world=world, events=(event,))
        self._intake.send([message])

    def forget(self, key: Key) -> None:
        """Let go what is known here of a world that was deleted."""
        self._heads.pop(key, None)
        self._stored_us.pop(key, None)

    def take(self, socket: Socket, data: bytes) -> Answer:
        """Take in a message of a socket; return what to answer or do instead, if anything."""
        connection = socket.connection
        self._connect.heard(connection)
        return self._submit.handle(connection, data, f"{connection.id}:{next(self._frames)}")

    def join(self, socket: Socket) -> None:
        """Let a socket's session enter its world; an older socket of the session is closed."""
        connection = socket.connection
        self.sockets.open(socket)
        self.bounds.sockets.add(connection)
        self._to_worker(connection, Opened(connection))
        self._connect.open(connection)
        place = (connection.tenant, connection.world)
        if place not in self.endings:
            self.time.begin(*place, self._in_force.hz(*place))

    def leave(self, socket: Socket) -> None:
        """Let a socket's session be gone."""
        connection = socket.connection
        self.sockets.forget(socket)
        self.bounds.sockets.remove(connection)
        self._to_worker(connection, Closed(connection))
        self._connect.close(connection)

    def want_view(self, connection: Connection) -> None:
        """Let a connection have its whole view."""
        self._to_worker(connection, ViewNeeded(connection))

    def _to_worker(self, connection: Connection, message: ToWorker) -> None:
        self._workers.say(connection.tenant, connection.world, message)

    def is_behind(self, connection: Connection) -> bool:
        """Say whether the folding of a connection's world is too far behind to take in more."""
        key = (connection.tenant, connection.world)
        return key in self._behind or self._workers.is_behind(*key)

    # What is durable

    def _new_committer(self) -> Committer:
        return Committer(
            self._intake, self.logs, self._committed, self._has_failed, self._unreadable, self.clock
        )

    def _unreadable(self, tenant: str, world: str, error: BaseException) -> None:
        said = error if isinstance(error, LedgerQuestError) else Stopped(str(error))
        self._loop.call_soon_threadsafe(self.troubles.quarantine, tenant, world, said)
        self._loop.call_soon_threadsafe(self.openings.failed, tenant, world)

    def _committed(self, group: Committed) -> None:
        self._loop.call_soon_threadsafe(self._hand_on, group)

    def _has_failed(self, error: BaseException) -> None:
        self._loop.call_soon_threadsafe(self._failed, error)

    def _hand_on(self, group: Committed) -> None:
        for connection, data in group.said:
            self.sockets.send(connection, data)
        recorded = 0
        for appended in group.appended:
            key = (appended.tenant, appended.world)
            self._heads[key] = appended.first + len(appended.events) - 1
            self._stored_us[key] = group.at_us
            self.openings.stored(key)
            self._workers.say(*key, Stored(appended, group.at_us))
            recorded += sum(isinstance(e, CommandSubmitted) for e in appended.events)
            if any(isinstance(e, WorldClosed) for e in appended.events):
                self.endings.stored(key)
        self.metrics.recorded.inc(recorded)
        self.metrics.commit.observe(group.seconds)
        self.troubles.stored({a.tenant for a in group.appended}, group.unwritable)
        for tenant in group.unwritable:
            self.openings.failed(tenant)

    # What workers say

    def _briefing(self, number: int) -> Iterable[ToWorker]:
        """Yield what a worker has to know: who is connected, and how far to fold which world."""
        self._behind = {key for key in self._behind if self._workers.number(*key) != number}
        for key in sorted({*self.sockets.worlds(), *self._heads}):
            if self._workers.number(*key) == number:
                yield from self._state_of(key)

    def _state_of(self, key: Key) -> Iterable[ToWorker]:
        for connection in self.sockets.of(*key):
            yield Opened(connection)
        yield Stored(Appended(*key, self._heads.get(key, -1) + 1), 0)

    def _hear(self, message: ToServer) -> None:
        try:
            self._hearing[type(message)](message)
        except Exception as error:  # noqa: BLE001 - one message's fault is no other's
            self.report_fault(f"a worker's {about(message)}", error)

    def _ears(self) -> Mapping[type, Callable[[Any], None]]:
        """Return what to do with each thing that a worker says."""
        sockets = self.sockets
        return {
            Spread: lambda m: sockets.spread(m.connections, m.data),
            Told: lambda m: sockets.send(m.connection, m.data),
            Shown: lambda m: sockets.show(m.connection, m.data),
            Ended: lambda m: sockets.close(m.connection, m.code, m.reason),
            Queued: lambda m: self._intake.send(m.messages),
            Happened: self._happened,
            Over: lambda m: self.endings.ended(m.tenant, m.world, m.reason),
            InForce: lambda m: self._in_force.changed(m.tenant, m.world, m.digest),
            Figures: self._count,
            Stands: self._stands,
            ViewFails: self.view_notices.hear,
            Behind: self._is_behind,
            Apart: lambda m: self._trials.found(m.tenant, m.world),
        }

    def _happened(self, happened: Happened) -> None:
        try:
            self._bus.publish(happened.signals)
        except Unavailable as error:
            self.report_fault("an observer", error)

    def _count(self, figures: Figures) -> None:
        self.metrics.folded.inc(figures.events)
        for lag_us in figures.lags_us:
            self.metrics.lag.observe(lag_us / 1_000_000)

    def _is_behind(self, said: Behind) -> None:
        keep = self._behind.add if said.is_behind else self._behind.discard
        keep((said.tenant, said.world))

    def _stands(self, said: Stands) -> None:
        self._behind.discard((said.tenant, said.world))
        self.troubles.heard(said)

    # What others ask

    def open_worlds(self) -> list[Key]:
        """Return tenant and name of the worlds that were recorded to since the start."""
        return list(self._heads)

    def report_fault(self, where: str, error: Exception) -> None:
        """Say that something went wrong in taking in a request or a message."""
        self.troubles.fault(where, error)

    def _clock_leapt(self, words: str) -> None:
        self._report("", "the clock", ClockLeapt(words))

    def notices(self) -> list[str]:
        """Say what works and is worth a look."""
        return [*self.clock_watch.notices(), *self.view_notices.notices()]

    def problems(self) -> list[str]:
        """Say what does not work."""
        found = self.troubles.problems(self.settings.served)
        found += [*self._workers.problems(), *self._trials.problems()]
        return found
