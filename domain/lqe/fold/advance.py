"""Ticks: a step of physics, the systems in their order, then who touches whom."""

from collections.abc import Callable

from lqe.errors import Quarantine
from lqe.scenario import Scenario
from lqe.world import Core, World

# What a scenario may not be blamed for: the process is in trouble, and another one may not be.
UNDECIDABLE = (MemoryError, RecursionError)
Watch = Callable[[Core, str], None]


class SystemFault(Exception):
    """The scenario or the state failed at a tick: `where` is a system's name, `kind` an error's."""

    def __init__(self, tick: int, where: str, kind: str) -> None:
        super().__init__(f"tick {tick}: {kind} in {where}")
        self.tick = tick
        self.where = where
        self.kind = kind


def advance(core: Core, scenario: Scenario, goal: int, watch: Watch | None) -> None:
    """Bring a world to tick `goal`; while it is not running, its ticks pass without a step."""
    if core.life != "running":
        core.tick = max(core.tick, goal)
        return
    world = World(core)
    where = ""
    systems = [(s.every, s.run, s.name) for s in scenario.systems]
    entities, space, schedule = core.entities, core.space, core.schedule
    contacts = core.rules.space.contacts
    try:
        for tick in range(core.tick + 1, goal + 1):
            core.tick = tick
            where = "physics"
            space.step()
            if watch is not None:
                watch(core, where)
            if schedule.next_tick <= tick:
                for due in schedule.take(tick):
                    where = due.name
                    scenario.scheduled_calls[due.name](world, due.data)
                    core.flush()
                    if watch is not None:
                        watch(core, where)
            for every, run, name in systems:
                if tick % every:
                    continue
                where = name
                run(world)
                if entities.pending:
                    core.flush()
                if watch is not None:
                    watch(core, where)
            if contacts:
                where = "contacts"
                core.contacts.update(space.touching())
    except UNDECIDABLE as error:
        raise Quarantine(f"out of {type(error).__name__} at tick {core.tick} in {where}") from error
    except Exception as error:
        raise SystemFault(core.tick, where, type(error).__name__) from error
