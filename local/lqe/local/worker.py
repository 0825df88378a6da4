"""A fold worker: folds its worlds, answers views, and says over the link what came of it.

`python -m lqe.local.worker FD START` is started by the server, with its end of the link.
"""

import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, Queue
from time import monotonic

import msgspec

from lqe.adapters.budget import WatchedBudget
from lqe.adapters.clock import SteadyClock
from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.files import FileObjects
from lqe.adapters.memory import MemoryConnections, MemoryHotEntities
from lqe.adapters.scenarios import ScenarioCode
from lqe.adapters.sqlite import SQLiteDocuments, SQLiteLogs
from lqe.errors import Unavailable
from lqe.events import PlayerLeft
from lqe.fold import Code
from lqe.handlers.achievements.handler import Achievements
from lqe.handlers.append.handler import Appended
from lqe.handlers.audit_logger.handler import AuditLogger
from lqe.handlers.fold.effects import Effects
from lqe.handlers.fold.handler import FoldHandler
from lqe.handlers.meter.handler import Meter
from lqe.handlers.tell import Tell
from lqe.handlers.view.handler import ViewHandler
from lqe.handlers.worlds import Worlds
from lqe.ports.intake import Message
from lqe.ports.push import Connection
from lqe.profile import numeric_profile

from .bus import LocalBus
from .garbage import keep_what_is_loaded
from .link import (
    Closed,
    Figures,
    Finish,
    Finished,
    InForce,
    Opened,
    Start,
    Stored,
    ToServer,
    ToWorker,
    Unpacker,
    ViewNeeded,
    pack,
)
from .outbox import LinkDisplay, LinkIntake, Outbox

# Sockets and commits go first: a receipt does not wait for a fold.
_NICE = 5
# While worlds are busy, what comes in this time is folded together: a round has a price.
_ROUND_S = 0.04
_BUSY = 20
_EFFECTS_PAUSE_US = 1_000_000
_AGAIN_S = 0.25
_FIGURES_S = 0.5
_BACKLOG = 2_000
_UNSENT = 200
_READ = 1 << 18
Key = tuple[str, str]


class Folding:
    """The handlers of a worker over one data folder."""

    def __init__(self, start: Start, outbox: Outbox) -> None:
        folder = Path(start.folder)
        documents = SQLiteDocuments(folder)
        self._objects = FileObjects(folder)
        self.outbox = outbox
        self._in_force: dict[Key, str] = {}
        self._codes: dict[str, ScenarioCode] = {}
        self.connections = MemoryConnections()
        clock, budget = SteadyClock(start.clock_began_us), WatchedBudget()
        cursors = DocumentCursors(documents)
        self.worlds = Worlds(
            SQLiteLogs(folder), self._objects, cursors, self._code_of, numeric_profile(), budget
        )
        kept = [m(documents).handle for m in (Meter, Achievements, AuditLogger)]
        bus = LocalBus([*kept, *([outbox.observe] if start.observed else [])], outbox.report)
        self.intake = LinkIntake(outbox)
        effects = Effects(
            self._objects,
            cursors,
            self.intake,
            bus,
            MemoryHotEntities(),
            clock=clock,
            pause_us=_EFFECTS_PAUSE_US,
            flush=self._flush,
        )
        tell = Tell(self.connections, LinkDisplay(outbox), clock, budget, outbox.report)
        self.fold = FoldHandler(self.worlds, effects, tell, outbox.report)
        self.view = ViewHandler(self.worlds, tell, outbox.report)
        self.clock = clock

    def _code_of(self, tenant: str) -> Code:
        if tenant not in self._codes:
            self._codes[tenant] = ScenarioCode(self._objects.tenant(tenant))
        return self._codes[tenant]

    def _flush(self, tenant: str, world: str) -> None:
        self.say_in_force(tenant, world)
        self.outbox.flush()

    def say_in_force(self, tenant: str, world: str) -> None:
        """Say which code is in force in a world, if that is news.

        After a keyframe that comes before the first view of it: who sees new code may use it.
        """
        digest = self.worlds.in_force(tenant, world)
        if digest and self._in_force.get((tenant, world)) != digest:
            self._in_force[tenant, world] = digest
            self.outbox.say(InForce(tenant, world, digest))


class Worker:
    """Takes what the server says, in rounds: first who comes and goes, then folds, then views."""

    def __init__(self, folding: Folding, outbox: Outbox, inbox: "Inbox") -> None:
        self._folding = folding
        self._outbox = outbox
        self._inbox = inbox
        self._behind: dict[Key, Appended] = {}
        self._known: set[Key] = set()
        self._views: dict[str, Connection] = {}
        self._events = 0
        self._lags_us: list[int] = []
        self._told_at = monotonic()

    def run(self) -> None:
        """Work until the server says `Finish`."""
        going = True
        while going:
            round_ends = monotonic() + _ROUND_S
            batch: list[Stored] = []
            for message in self._inbox.take(_AGAIN_S):
                if isinstance(message, Stored):
                    batch.append(message)
                elif isinstance(message, Opened):
                    self._folding.connections.add(message.connection, 0)
                elif isinstance(message, Closed):
                    self._folding.connections.remove(message.connection)
                elif isinstance(message, ViewNeeded):
                    self._views[message.connection.id] = message.connection
                elif isinstance(message, Finish):
                    going = False
            self._fold(batch)
            self._show()
            self._folding.fold.settle(at_once=not going)
            self._figures(at_once=not going)
            self._outbox.flush()
            if going and len(batch) > _BUSY:
                self._inbox.rest(round_ends - monotonic())
        self._outbox.say(Finished())
        self._outbox.flush()

    def _fold(self, batch: Sequence[Stored]) -> None:
        parts = [*self._behind.values(), *(stored.appended for stored in batch)]
        if not parts:
            return
        handler = self._folding.fold
        left = set(handler.handle(parts))
        self._behind = {}
        for part in parts:
            key = (part.tenant, part.world)
            if key in left:
                # What was stored is in the log: where to fold to is all that has to be kept.
                self._behind[key] = Appended(*key, part.first + len(part.events))
            else:
                self._note(key)
        now_us = self._folding.clock.now_us()
        self._events += sum(len(part.events) for part in parts)
        self._lags_us += [now_us - s.at_us for s in batch if s.appended.events]

    def _note(self, key: Key) -> None:
        """Say which code is in force in a world, and let sessions go that nobody holds any more."""
        self._folding.say_in_force(*key)
        if key not in self._known and self._folding.worlds.in_force(*key):
            self._known.add(key)
            self._let_go(key)

    def _let_go(self, key: Key) -> None:
        """Let sessions leave whose sockets ended with a process before this one."""
        here = {c.id for c in self._folding.connections.of(*key)}
        for player, session, connection in self._folding.worlds.connected(*key):
            if connection not in here:
                left = PlayerLeft(player=player, session=session, connection=connection)
                message_id = f"gone:{connection}"
                message = Message(id=message_id, tenant=key[0], world=key[1], events=(left,))
                self._folding.intake.send([message])

    def _show(self) -> None:
        views, self._views = self._views, {}
        for connection in views.values():
            try:
                self._folding.view.handle(connection)
            except Unavailable:
                self._views[connection.id] = connection

    def _figures(self, *, at_once: bool) -> None:
        now = monotonic()
        if (at_once or now - self._told_at >= _FIGURES_S) and self._events:
            lags, self._lags_us = self._lags_us, []
            self._outbox.say(Figures(self._events, lags))
            self._events, self._told_at = 0, now


class Inbox:
    """What the server said and nobody has taken yet. The process ends when the server is gone."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._queue: Queue[Sequence[ToWorker]] = Queue(_BACKLOG)

    def listen(self) -> None:
        """Read the link until it ends; without a server there is nobody to work for."""
        unpacker: Unpacker[ToWorker] = Unpacker(ToWorker)
        while data := self._read():
            for group in unpacker.feed(data):
                self._queue.put(group)
        os._exit(0)

    def _read(self) -> bytes:
        try:
            return self._link.recv(_READ)
        except OSError:
            return b""

    def take(self, most_s: float) -> list[ToWorker]:
        """Wait for something to be said, and return all that was; nothing came in `most_s`."""
        try:
            taken = list(self._queue.get(timeout=most_s))
        except Empty:
            return []
        while True:
            try:
                taken += self._queue.get_nowait()
            except Empty:
                return taken

    def rest(self, seconds: float) -> None:
        """Let messages gather for a while."""
        if seconds > 0:
            threading.Event().wait(seconds)


class Mouth:
    """Says things to the server from a thread of its own: folding does not wait for sockets."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._queue: Queue[bytes] = Queue(_UNSENT)
        self._thread = threading.Thread(target=self._run, name="mouth", daemon=True)
        self._thread.start()

    def say(self, messages: Sequence[ToServer]) -> None:
        """Send messages together; wait only if much is unsent."""
        self._queue.put(pack(messages))

    def close(self) -> None:
        """Send what waits, and end."""
        self._queue.put(b"")
        self._thread.join()

    def _run(self) -> None:
        while data := self._queue.get():
            try:
                self._link.sendall(data)
            except OSError:
                os._exit(0)


def main() -> None:
    """Fold for the server at the other end of the link, until it says that it is enough."""
    link = socket.socket(fileno=int(sys.argv[1]))
    mouth = Mouth(link)
    # Whoever stops the server stops all its processes; this one has to fold to the end first.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    inbox, outbox = Inbox(link), Outbox(mouth.say)
    threading.Thread(target=inbox.listen, name="link", daemon=True).start()
    os.nice(_NICE)
    folding = Folding(msgspec.json.decode(sys.argv[2], type=Start), outbox)
    keep_what_is_loaded()
    Worker(folding, outbox, inbox).run()
    mouth.close()


if __name__ == "__main__":
    main()
