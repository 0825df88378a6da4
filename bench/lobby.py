"""The first command after a quorum, in a world that kept its place in the cache, or lost it."""

from collections.abc import Callable
from copy import copy
from itertools import count
from pathlib import Path

import msgspec

from lqe.adapters.budget import Unlimited
from lqe.adapters.clock import SystemClock
from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.memory import (
    MemoryConnections,
    MemoryDocuments,
    MemoryHotEntities,
    MemoryLogs,
    MemoryObjects,
)
from lqe.adapters.scenarios import load_source, read_source
from lqe.codec import Codec
from lqe.events import AnyEvent, ClockAdvanced, CommandSubmitted, PlayerJoined, event_name
from lqe.handlers.append.handler import Appended
from lqe.handlers.fold.effects import Effects
from lqe.handlers.fold.handler import FoldHandler
from lqe.handlers.held import Held
from lqe.handlers.tell import Tell
from lqe.handlers.worlds import Worlds
from lqe.local.bus import LocalBus
from lqe.ports.log import Commit
from lqe.replay.script import opened
from lqe.scenario import Scenario

from .functions import _Ports
from .measure import Result, prepared, times

_SAMPLE = Path(__file__).parent.parent / "samples" / "sales_simulator"
_TENANT = "bench"
_PLACES = 50
_ROUNDS = 15
_QUORUM = 2


class _Worker:
    """A fold with few places in its cache, and as many worlds that are played in it."""

    def __init__(self, game: Scenario, digest: str) -> None:
        self._opening = opened(game, digest, 1)
        self._logs, self._objects, self._ports = MemoryLogs(), MemoryObjects(), _Ports()
        cursors, clock = DocumentCursors(MemoryDocuments()), SystemClock()
        self.worlds = Worlds(
            self._logs, self._objects, cursors, lambda _: lambda _: game, "", Unlimited(),
            most=_PLACES,
        )  # fmt: skip
        effects = Effects(self._objects, cursors, self._ports, LocalBus(), MemoryHotEntities())
        tell = Tell(MemoryConnections(), self._ports, clock, Unlimited(), _raise)
        self._fold = FoldHandler(self.worlds, effects, tell, _raise)
        self._others = [f"other-{number}" for number in range(_PLACES)]
        for world in self._others:
            self._happens(world, self._opening, *map(_join, range(_QUORUM)))
        self._numbers = count()

    def lobby(self) -> Callable[[], None]:
        """Let all players but one join a new world, and others be played; return its beginning."""
        world = f"lobby-{next(self._numbers)}"
        self._happens(world, self._opening, *map(_join, range(_QUORUM - 1)))
        for other in self._others:
            self._happens(other, ClockAdvanced())
        args = msgspec.msgpack.encode({"x": 100.0, "y": 100.0})
        travel = CommandSubmitted(player="p0", session="s", seq=1, name="travel", args=args, tick=1)
        return lambda: self._happens(world, _join(_QUORUM - 1), travel)

    def _happens(self, world: str, *events: AnyEvent) -> None:
        first = self._logs.tenant(_TENANT).world(world).head() + 1
        data = [Codec().encode(event) for event in events]
        commit = Commit(world, first, [event_name(event) for event in events], data)
        (refused,) = self._logs.tenant(_TENANT).append([commit])
        assert refused is None
        sizes = list(map(len, data))
        behind = self._fold.handle([Appended(_TENANT, world, first, list(events), sizes)])
        assert not behind


def _join(number: int) -> PlayerJoined:
    return PlayerJoined(player=f"p{number}", session="s")


def _raise(tenant: str, world: str, error: BaseException) -> None:
    raise RuntimeError(f"{tenant}#{world}") from error


def first_command() -> Result:
    """The last join and the first command in a lobby of the sample, other worlds played before."""
    source = read_source(_SAMPLE)
    game = copy(load_source(source))  # whoever loads it after this gets the same one
    game.rules = msgspec.structs.replace(game.rules, quorum=_QUORUM)
    kept, ousted = _Worker(game, source.digest), _Worker(game, source.digest)
    ousted.worlds._held = Held(0, 0)
    mine, other = prepared(kept.lobby, ousted.lobby, _ROUNDS)
    note = f"{_PLACES} places, {_PLACES} other worlds; the ports are in memory"
    return times("pool-world", "ms", mine * 1e3, other * 1e3, "a world that was ousted", 0.5, note)
