"""A world's bytes at every keyframe depend on its log alone.

Each case is a random log of the arena scenario, folded once straight through, and again by a run
that is cut into batches, starts cold from snapshots, and is read between batches. One case again:

    python -m tests.domain.test_same_bits SEED
"""

from __future__ import annotations

import random
import sys
from typing import TypeVar

import msgspec
import pytest

from lqe.ecs import Position, Velocity
from lqe.errors import Quarantine
from lqe.events import (
    AnyEvent,
    ClockAdvanced,
    CommandSubmitted,
    PlayerJoined,
    PlayerLeft,
    ScenarioUpgraded,
)
from lqe.fold import Fold, Outcome, Snapshot
from lqe.physics import Body, Rotation
from lqe.scenario import Command, Scenario, World
from lqe.signals import Signal
from tests.scenarios import TOUCHES, Build, Stumble, Tie, Touch, arena, encode_order
from tests.steps import assert_same_keyframes, command_name, opening

C = TypeVar("C", bound=Command)
_CASES = 510
_CHUNK = 30
_TICKS = 64


def random_log(seed: int) -> list[AnyEvent]:
    """Return the log of one case."""
    chance = random.Random(seed)
    interval = chance.choice([1, chance.randint(2, 12), chance.randint(13, 60), 100])
    log: list[AnyEvent] = [opening(interval=interval)]
    log += [PlayerJoined(player=f"p{i}", session=f"s{i}") for i in range(2)]
    seqs = [0, 0]
    tick = 0
    while tick < _TICKS:
        tick += chance.choice([0, 0, 0, 1, 1, 2, 5, 14])
        kind = chance.random()
        who = chance.randrange(2)
        if kind < 0.04:
            log.append(ClockAdvanced(tick=tick))
        elif kind < 0.06:
            log.append(PlayerLeft(tick=tick, player=f"p{who}", session=f"s{who}"))
            log.append(PlayerJoined(tick=tick, player=f"p{who}", session=f"s{who}"))
        elif kind < 0.07:
            log.append(ScenarioUpgraded(tick=tick, scenario=chance.choice("ab")))
        else:
            seqs[who] += chance.choice([1, 1, 1, 1, 0, 2])
            order = _random_order(chance)
            log.append(
                CommandSubmitted(
                    tick=tick,
                    player=f"p{who}",
                    session=f"s{who}",
                    seq=seqs[who],
                    name=command_name(order),
                    args=encode_order(order),
                )
            )
    log.append(ClockAdvanced(tick=tick + interval + 1))
    return log


def _random_order(chance: random.Random) -> Command:
    kind = chance.random()
    x, y = chance.uniform(-60.0, 60.0), chance.uniform(5.0, 90.0)
    if kind < 0.2:
        return Build(
            form=chance.randrange(8),
            kind=chance.choice(["dynamic", "dynamic", "dynamic", "kinematic", "static", "none"]),
            x=x,
            y=y,
            dx=chance.uniform(-50.0, 50.0),
            dy=chance.uniform(-50.0, 50.0),
            turning=chance.random() < 0.6,
        )
    if kind < 0.38:
        return Tie(chance.randrange(10), chance.randrange(50), chance.randrange(50))
    if kind < 0.4:
        return Stumble()
    what = chance.choice(TOUCHES)
    return Touch(what, chance.randrange(50), x, y, chance.uniform(-3.0, 3.0))  # type: ignore[arg-type]


class _Run:
    """What one way of folding a log brought about."""

    def __init__(self) -> None:
        self.keyframes: list[Snapshot] = []
        self.outcomes: list[Outcome] = []
        self.signals: list[Signal] = []


def _code(seed: int) -> dict[str, Scenario]:
    return {"a": arena(), "b": arena(hold=seed % 5 + 1, damping=0.9)}


def straight(log: list[AnyEvent], code: dict[str, Scenario]) -> _Run:
    """Fold a log without a break."""
    run = _Run()
    fold = Fold(code.__getitem__)
    for position, event in enumerate(log):
        _step(fold, position, event, run)
    return run


def cut(log: list[AnyEvent], code: dict[str, Scenario], seed: int) -> _Run:
    """Fold a log in batches: between two, go on warm, be read, or start cold from a snapshot."""
    run = _Run()
    chance = random.Random(seed)
    fold = Fold(code.__getitem__)
    next_cut = chance.randint(1, 12)
    for position, event in enumerate(log):
        if position == next_cut:
            next_cut += chance.randint(1, 12)
            what = chance.random()
            if what < 0.35:
                read_everything(fold)
            elif what < 0.75:
                stored = chance.choice(run.keyframes[-3:]).encode()
                fold = _cold(Snapshot.decode(stored), log, position, code)
        _step(fold, position, event, run)
    return run


def _step(fold: Fold, position: int, event: AnyEvent, run: _Run) -> None:
    folded = fold.fold(position, event)
    run.keyframes += folded.keyframes
    run.outcomes += folded.outcomes
    run.signals += folded.signals


def _cold(
    snapshot: Snapshot, log: list[AnyEvent], position: int, code: dict[str, Scenario]
) -> Fold:
    fold = Fold.restore(snapshot, code.__getitem__)
    for earlier in range(snapshot.header.position + 1, position):
        fold.fold(earlier, log[earlier])
    return fold


def read_everything(fold: Fold) -> None:
    """Read a world as views and deltas do; reading must leave no trace."""
    world = World(fold.core)
    world.columns(Position)
    world.columns(Velocity)
    world.columns(Rotation)
    for entity, _ in world.query(Body):
        world.inside(entity)
        world.touching(entity)
    list(world.query())
    list(world.query(Position, tag="marked"))


def check(seed: int) -> int:
    """Fold one case in both ways and compare; return how many keyframes agreed."""
    again = f"seed {seed} (python -m tests.domain.test_same_bits {seed})"
    log, code = random_log(seed), _code(seed)
    try:
        expected, got = straight(log, code), cut(log, code, seed)
    except Exception as error:
        raise AssertionError(f"{again}: the fold raised {error!r}") from error
    assert_same_keyframes(expected.keyframes, got.keyframes, again)
    assert expected.outcomes == got.outcomes, again
    assert expected.signals == got.signals, again
    return len(expected.keyframes)


@pytest.mark.parametrize("first", range(0, _CASES, _CHUNK))
def test_the_same_log_gives_the_same_bytes_however_it_is_cut(first: int) -> None:
    assert sum(check(seed) for seed in range(first, first + _CHUNK)) > _CHUNK


def test_the_random_logs_do_everything_that_they_are_meant_to() -> None:
    applied: set[str] = set()
    ties: set[int] = set()
    halted = 0
    for seed in range(60):
        log = random_log(seed)
        try:
            run = straight(log, _code(seed))
        except Quarantine:
            continue
        halted += any(s.name == "world_halted" for s in run.signals)
        for outcome in run.outcomes:
            event = log[outcome.position]
            if outcome.applied and isinstance(event, CommandSubmitted):
                applied.add(_what(event))
                if event.name == "tie":
                    ties.add(_decoded(event, Tie).kind)
    assert applied == {"build", "tie", *TOUCHES}
    assert ties == set(range(10))
    assert not halted, "the arena itself must not fail"


def _what(event: CommandSubmitted) -> str:
    return _decoded(event, Touch).what if event.name == "touch" else event.name


def _decoded(event: CommandSubmitted, kind: type[C]) -> C:
    return msgspec.msgpack.decode(event.args, type=kind)


if __name__ == "__main__":
    sys.stdout.write(f"{check(int(sys.argv[1]))} keyframes agree\n")
