"""A world that cannot go on, among fifty that can: how long the others wait then.

Records arrive at a steady rate on ten lanes, as a stream with that parallelization hands them to
functions; each is handled for real and timed, and waits in its lane until those before it are done.
"""

from collections.abc import Callable
from statistics import quantiles
from time import perf_counter
from zlib import crc32

import msgspec

from lqe.adapters.budget import WatchedBudget
from lqe.adapters.clock import SystemClock
from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.memory import (
    MemoryConnections,
    MemoryDocuments,
    MemoryHotEntities,
    MemoryLogs,
    MemoryObjects,
)
from lqe.codec import Codec
from lqe.errors import ScenarioError
from lqe.events import (
    AnyEvent,
    ClockAdvanced,
    KeyframeRecorded,
    PlayerJoined,
    ScenarioUpgraded,
    WorldOpened,
    event_name,
)
from lqe.handlers.append.handler import Appended
from lqe.handlers.fold.effects import Effects
from lqe.handlers.fold.handler import FoldHandler
from lqe.handlers.quarantine import Quarantines
from lqe.handlers.tell import Tell
from lqe.handlers.worlds import Worlds
from lqe.limits import Limits
from lqe.local.bus import LocalBus
from lqe.ports.log import Commit
from lqe.scenario import Scenario, World

from .functions import _Ports
from .measure import Result, times
from .pile import scenario

_WORLDS, _LANES, _SECONDS, _HZ = 50, 10, 120, 4
_TICKS = 16
_SICK, _SICK_AT = "w7", 40
_EVENT_S = 3.0
Spoil = Callable[[MemoryLogs, int], AnyEvent | None]


def _unreadable(logs: MemoryLogs, position: int) -> None:
    records = logs.tenant("bench").world(_SICK).records
    records[position] = msgspec.structs.replace(records[position], data=b"\xc1")


def _no_code(_: MemoryLogs, __: int) -> AnyEvent:
    return ScenarioUpgraded(scenario="missing")


def _other_digest(_: MemoryLogs, __: int) -> AnyEvent:
    return KeyframeRecorded(keyframe=0, position=0, digest="0" * 64, profile="here")


def _for_ever(_: MemoryLogs, __: int) -> AnyEvent:
    return ScenarioUpgraded(scenario="spins")


KINDS: dict[str, Spoil | None] = {
    "well": None,
    "unreadable bytes": _unreadable,
    "missing code": _no_code,
    "a differing digest": _other_digest,
    "a time-out": _for_ever,
}


class _Run:
    """One run of all worlds, and the time that each record of the well ones took."""

    def __init__(self, kind: str) -> None:
        self._spoil = KINDS[kind]
        self.logs, objects = MemoryLogs(), MemoryObjects()
        self.cursors = DocumentCursors(MemoryDocuments())
        ports, clock, budget = _Ports(), SystemClock(), WatchedBudget(_EVENT_S)
        worlds = Worlds(self.logs, objects, self.cursors, lambda _: _code, "here", budget)
        effects = Effects(objects, self.cursors, ports, LocalBus(), MemoryHotEntities())
        tell = Tell(MemoryConnections(), ports, clock, budget, self._report)
        self.fold = FoldHandler(worlds, effects, tell, self._report)
        self.reported: list[str] = []
        self.took: list[float] = []

    def _report(self, tenant: str, world: str, error: BaseException) -> None:
        self.reported.append(f"{tenant}#{world}: {error}")

    def run(self) -> "_Run":
        free = [0.0] * _LANES
        for beat in range(_SECONDS * _HZ):
            for number in range(_WORLDS):
                world = f"w{number}"
                arrival = beat / _HZ + number / _WORLDS / _HZ
                part = self._next(world, beat)
                lane = crc32(world.encode()) % _LANES
                start = perf_counter()
                self.fold.handle([part])
                free[lane] = max(arrival, free[lane]) + perf_counter() - start
                if world != _SICK and beat > 1:
                    self.took.append(free[lane] - arrival)
        return self

    def _next(self, world: str, beat: int) -> Appended:
        events: list[AnyEvent] = [ClockAdvanced(tick=beat * _TICKS)]
        if beat == 0:
            opened = WorldOpened(
                scenario="pile", rules=1, seed=bytes(32), tick_us=16_000, keyframe_interval=200,
                limits=Limits(),
            )  # fmt: skip
            events = [opened, PlayerJoined(player="p", session="s")]
        first = self.logs.tenant("bench").world(world).head() + 1
        sick = world == _SICK and beat == _SICK_AT and self._spoil is not None
        if sick and self._spoil is not _unreadable:
            extra = self._spoil(self.logs, first)  # type: ignore[misc]
            assert extra is not None
            events.append(msgspec.structs.replace(extra, tick=beat * _TICKS))
        encode = Codec().encode
        commit = Commit(world, first, [event_name(e) for e in events], [encode(e) for e in events])
        self.logs.tenant("bench").append([commit])
        if sick and self._spoil is _unreadable:
            _unreadable(self.logs, first)
            return Appended("bench", world, first + 1)
        return Appended("bench", world, first, events, list(map(len, commit.events)))


def _code(digest: str) -> Scenario:
    if digest == "missing":
        raise ScenarioError("it was deployed nowhere")
    game = scenario(5, read=False)
    if digest == "spins":

        @game.system()
        def spin(world: World) -> None:
            while True:
                pass

    return game


def p99_of_others(kind: str) -> tuple[float, int]:
    """Return milliseconds, and how many worlds stand still in the end."""
    run = _Run(kind).run()
    names = [f"w{number}" for number in range(_WORLDS)]
    standing = Quarantines(run.cursors).standing("bench", names)
    assert [s.world for s in standing] == ([] if kind == "well" else [_SICK]), standing
    return quantiles(run.took, n=100)[98] * 1_000, len(run.took)


def poison() -> Result:
    """The p99 of others with the worst kind of poison, against that without: best of four each."""
    rounds = [{kind: p99_of_others(kind)[0] for kind in KINDS} for _ in range(4)]
    best = {kind: min(each[kind] for each in rounds) for kind in KINDS}
    well = best.pop("well")
    worst = max(best, key=lambda kind: best[kind])
    note = ", ".join(f"{kind} {ms:.2f}" for kind, ms in best.items())
    return times("poison", "ms p99", best[worst], well, "no world sick", 1.1, note)
