"""The functions of the cloud: what a handler adds to its fold, how long each takes to import."""

import base64
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from lqe.adapters.budget import WatchedBudget
from lqe.adapters.clock import SystemClock
from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.dynamodb.commits import commit_item
from lqe.adapters.dynamodb.stream import parse_stream_record
from lqe.adapters.memory import (
    MemoryConnections,
    MemoryDocuments,
    MemoryHotEntities,
    MemoryLogs,
    MemoryObjects,
)
from lqe.cli.cloud.package import build_package, this_machine
from lqe.codec import Codec
from lqe.events import AnyEvent, CommandSubmitted, PlayerJoined, WorldOpened, event_name
from lqe.fold import Fold
from lqe.handlers.append.handler import Appended
from lqe.handlers.fold.effects import Effects
from lqe.handlers.fold.function import appended_in
from lqe.handlers.fold.handler import FoldHandler
from lqe.handlers.tell import Tell
from lqe.handlers.worlds import Worlds
from lqe.limits import Limits
from lqe.local.bus import LocalBus
from lqe.ports.log import Commit
from lqe.ports.push import Connection
from lqe.scenario import Command, Scenario, World

from .measure import Result, in_turn, times, whole
from .pile import scenario

FUNCTIONS = (
    "connect", "submit", "append", "fold", "view", "tick", "ticker", "audit_logger", "meter",
    "achievements", "pool_warmer",
)  # fmt: skip
_COMMANDS = 2_000
_TICKS = 1
_IMPORT_LIMIT_MS = 400.0
_TIMED = (
    "import time; start = time.perf_counter(); import lqe.handlers.{0}.function; "
    "print((time.perf_counter() - start) * 1e3)"
)


class Nudge(Command, frozen=True):
    """Do nothing much."""

    by: int


class _Ports:
    """A display and an intake that take everything and do nothing."""

    def send(self, *_: Any) -> None:
        pass

    def show(self, *_: Any) -> None:
        pass

    def spread(self, *_: Any) -> None:
        pass

    def close(self, *_: Any) -> None:
        pass


def warm_fold() -> Result:
    """One command in a warm world of 200 bodies: a record of the stream, against its bare fold."""
    game = scenario(200, read=True)

    @game.command(Nudge)
    def nudge(world: World, player: str, command: Nudge) -> None:
        pass

    handler, bare = _handler(game), Fold(lambda _: game)
    begin: list[AnyEvent] = [
        WorldOpened(
            scenario="pile", rules=1, seed=bytes(32), tick_us=game.rules.tick_us,
            keyframe_interval=game.rules.keyframe_interval, limits=Limits(),
        ),
        PlayerJoined(player="p0", session="s0"),
    ]  # fmt: skip
    sizes = [len(Codec().encode(e)) for e in begin]
    handler.handle([Appended("bench", "w", 0, begin, sizes)])
    for position, event in enumerate(begin):
        bare.fold(position, event)
    events = [_nudge(seq) for seq in range(1, 2 * _COMMANDS)]
    records = iter([_record(position, event) for position, event in enumerate(events, 2)])
    following = iter(list(enumerate(events, 2)))
    mine, other = whole(
        lambda: handler.handle([_appended(next(records))]),
        lambda: bare.fold(*next(following)),
        _COMMANDS,
    )
    unit = "µs a command"
    note = f"{_TICKS} tick each; the ports are in memory"
    micro = 1e6 / _COMMANDS
    return times("warm-fold", unit, mine * micro, other * micro, "the fold alone", 1.5, note)


def _appended(record: dict[str, Any]) -> Appended:
    parsed = parse_stream_record(record)
    assert parsed is not None
    return appended_in(parsed)


def _handler(game: Scenario) -> FoldHandler:
    connections, ports, objects = MemoryConnections(), _Ports(), MemoryObjects()
    connections.add(Connection("c0", "bench", "w", "p0", "s0"), 0)
    cursors = DocumentCursors(MemoryDocuments())
    clock, budget = SystemClock(), WatchedBudget()
    worlds = Worlds(MemoryLogs(), objects, cursors, lambda _: lambda _: game, "", budget)
    effects = Effects(objects, cursors, ports, LocalBus(), MemoryHotEntities())
    return FoldHandler(worlds, effects, Tell(connections, ports, clock, budget, _raise), _raise)


def _raise(tenant: str, world: str, error: BaseException) -> None:
    raise RuntimeError(f"{tenant}#{world}") from error


def _nudge(seq: int) -> CommandSubmitted:
    return CommandSubmitted(
        player="p0", session="s0", seq=seq, name="nudge", args=b"\x81\xa2by\x01", tick=seq * _TICKS
    )


def _record(position: int, event: AnyEvent) -> dict[str, Any]:
    """Return a commit of one event as the stream shows it to a function."""
    item = commit_item("bench", Commit("w", position, [event_name(event)], [Codec().encode(event)]))
    item["body"] = {"B": base64.b64encode(item["body"]["B"]).decode()}
    keys = {"pk": item["pk"], "sk": item["sk"]}
    change = {"SequenceNumber": str(position), "Keys": keys, "NewImage": item}
    return {"eventName": "INSERT", "dynamodb": change}


def imports() -> Result:
    """The slowest of the functions to import, in a process of its own each, best of five."""
    found = {name: min(_import_ms(name) for _ in range(5)) for name in FUNCTIONS}
    slowest = max(found, key=lambda name: found[name])
    note = ", ".join(f"{name} {ms:.0f}" for name, ms in found.items())
    return times("imports", "ms", found[slowest], _IMPORT_LIMIT_MS, "the limit", 1.0, note)


def package() -> Result:
    """The fold's imports from the function package, in new processes: compiled ahead or not."""
    architecture, python = this_machine()
    with tempfile.TemporaryDirectory() as name:
        ahead, plain = Path(name) / "ahead", Path(name) / "plain"
        build_package(ahead.with_suffix(".zip"), [], architecture=architecture, python=python)
        size = ahead.with_suffix(".zip").stat().st_size
        shutil.copytree(ahead, plain, ignore=shutil.ignore_patterns("__pycache__"))
        mine, other = in_turn(lambda: _import_from(ahead), lambda: _import_from(plain), 7)
    note = f"median of 7; the ZIP file has {size / 1e6:.0f} MB"
    return times("package", "ms", mine * 1e3, other * 1e3, "not compiled", 0.5, note)


def _import_from(folder: Path) -> None:
    run = [sys.executable, "-S", "-B", "-c", "import lqe.handlers.fold.function"]
    subprocess.run(run, check=True, env={**os.environ, "PYTHONPATH": str(folder)})


def _import_ms(name: str) -> float:
    run = [sys.executable, "-c", _TIMED.format(name)]
    return float(subprocess.run(run, check=True, capture_output=True, text=True).stdout)
