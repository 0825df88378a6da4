"""Ticks: a step of physics, the systems in their order, then who touches whom."""

from collections.abc import Callable

from lqe.errors import Unfoldable
from lqe.scenario import Scenario
from lqe.world import Core, World

# What a scenario may not be blamed for: the process is in trouble, and another one may not be.
UNDECIDABLE = (MemoryError, RecursionError)
# What a scenario may raise, on purpose or not; a replay raises it again.
SCENARIO_FAULTS = (Exception, SystemExit, GeneratorExit)
# Where a fault lies of a state that cannot be written down.
STATE = "state"
Watch = Callable[[Core, str], None]


class SystemFault(Exception):
    """The scenario or the state failed at a tick: `where` is a system's name, `kind` an error's."""

    def __init__(self, tick: int, where: str, kind: str) -> None:
        super().__init__(f"tick {tick}: {kind} in {where}")
        self.tick = tick
        self.where = where
        self.kind = kind


class _Ticker:
    """Runs the ticks of one world."""

    def __init__(self, core: Core, scenario: Scenario, watch: Watch | None) -> None:
        self._core = core
        self._world = World(core)
        self._calls = scenario.scheduled_calls
        self._systems = [(s.every, s.run, s.name) for s in scenario.systems]
        self._watch = watch

    def run(self, goal: int) -> None:
        """Complete every tick up to `goal`."""
        core, space, schedule = self._core, self._core.space, self._core.schedule
        contacts = core.contacts if core.rules.space.contacts else None
        for tick in range(core.tick + 1, goal + 1):
            core.tick = tick
            core.doing = "physics"
            space.step()
            if self._watch is not None:
                self._watch(core, core.doing)
            if schedule.next_tick <= tick:
                self._run_due(tick)
            if self._systems:
                self._run_systems(tick)
            if contacts is not None:
                core.doing = "contacts"
                contacts.update(space.touching())
            if core.life != "running":
                return  # the scenario closed the world: this tick was its last

    def _run_due(self, tick: int) -> None:
        for due in self._core.schedule.take(tick):
            self._core.doing = due.name
            self._calls[due.name](self._world, due.data)
            self._done()

    def _run_systems(self, tick: int) -> None:
        for every, run, name in self._systems:
            if tick % every == 0:
                self._core.doing = name
                run(self._world)
                self._done()

    def _done(self) -> None:
        """Let what waited for the end of a system take effect."""
        if self._core.entities.pending:
            self._core.flush()
        if self._watch is not None:
            self._watch(self._core, self._core.doing)


def advance(core: Core, scenario: Scenario, goal: int, watch: Watch | None) -> None:
    """Bring a world to tick `goal`; while it is not running, its ticks pass without a step."""
    try:
        if core.life == "running":
            _Ticker(core, scenario, watch).run(goal)
    except UNDECIDABLE as error:
        raise Unfoldable(
            f"out of {type(error).__name__} at tick {core.tick} in {core.doing}"
        ) from error
    except SCENARIO_FAULTS as error:
        raise SystemFault(core.tick, core.doing, type(error).__name__) from error
    core.tick = max(core.tick, goal)
