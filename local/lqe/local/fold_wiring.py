"""What a worker folds with: the handlers over one data folder, and the server at the other end."""

from pathlib import Path
from typing import Final, Self

from lqe.adapters.budget import WatchedBudget
from lqe.adapters.clock import SteadyClock
from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.files import FileObjects
from lqe.adapters.memory import MemoryConnections, MemoryHotEntities
from lqe.adapters.scenarios import ScenarioCode
from lqe.adapters.sqlite import SQLiteDocuments, SQLiteLogs
from lqe.fold import Code
from lqe.handlers.achievements.handler import Achievements
from lqe.handlers.audit_logger.handler import AuditLogger
from lqe.handlers.fold.effects import Effects
from lqe.handlers.fold.handler import FoldHandler
from lqe.handlers.meter.handler import Meter
from lqe.handlers.tell import Tell, over
from lqe.handlers.view.handler import ViewHandler
from lqe.handlers.worlds import Worlds
from lqe.profile import numeric_profile

from .apart import ApartCursors
from .bus import LocalBus
from .link import InForce, Over, Start
from .mark import Mark
from .outbox import LinkDisplay, LinkIntake, Outbox
from .turns import Turn

# What one world may take before others are served.
_TURN_S: Final = 0.01
_EFFECTS_PAUSE_US: Final = 1_000_000
Key = tuple[str, str]


class MarkedBudget(WatchedBudget):
    """Budgets of which every block moves the mark: whoever looks from outside sees work go on."""

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self._mark = mark

    def one_event(self) -> Self:
        """Return the block that one event is folded in, or one view is made in."""
        self._mark.move()
        return super().one_event()


class Folding:
    """The handlers of a worker over one data folder."""

    def __init__(self, start: Start, outbox: Outbox, mark: Mark) -> None:
        folder = Path(start.folder)
        documents = SQLiteDocuments(folder)
        self._objects = FileObjects(folder)
        self.outbox = outbox
        self.mark = mark
        self._in_force: dict[Key, str] = {}
        self._over: set[Key] = set()
        self._codes: dict[str, ScenarioCode] = {}
        self.connections = MemoryConnections()
        clock, budget = SteadyClock(start.clock_began_us), MarkedBudget(mark)
        cursors = ApartCursors(DocumentCursors(documents), outbox.say, alone=start.alone)
        self.worlds = Worlds(
            SQLiteLogs(folder), self._objects, cursors, self._code_of, numeric_profile(), budget
        )
        self.worlds.touching = mark.at
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
        self.turn = Turn(_TURN_S)
        self.fold = FoldHandler(
            self.worlds, effects, tell, outbox.report, is_over=self.turn.is_over
        )
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
        """Say which code is in force in a world, and that it is over, if that is news.

        After a keyframe that comes before the first view of it: who sees new code may use it.
        """
        warm = self.worlds.warm(tenant, world)
        if warm is not None and warm.ending is not None and (tenant, world) not in self._over:
            self._over.add((tenant, world))
            self.outbox.say(Over(tenant, world, over(warm.ending)))
        digest = self.worlds.in_force(tenant, world)
        if digest and self._in_force.get((tenant, world)) != digest:
            self._in_force[tenant, world] = digest
            self.outbox.say(InForce(tenant, world, digest))
