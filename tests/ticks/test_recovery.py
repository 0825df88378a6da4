"""Whatever is ended, and wherever: time goes on in a world, once, for as long as somebody is there.

A player comes at once, is heard every twenty seconds, and is gone without a word after 150.
"""

import itertools
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from lqe.adapters.runs import HELD_US
from lqe.handlers.tick.turn import LOOK_US
from tests.simulation.stops import Killed
from tests.states import MOST_EVENTS, Execution
from tests.ticks.played import HZ, TENANT, TICK_US, WORLD, Played

MOST_TICKS = 625
# Longer than that, and the world itself has stood still.
MOST_S = MOST_TICKS * TICK_US / 1e6
LEAVES, OVER = 150.0, 300.0
# Heard last at 140; a run notices after a minute, within ten seconds.
IDLE = 140.0 + 60.0 + LOOK_US / 1e6 + 5.0


def played() -> Played:
    world = Played()
    world.player("ann", comes=0.0, leaves=LEAVES)
    world.quorum(at=1.0)
    return world


def judge(world: Played, what: str, longest_s: float = MOST_S) -> None:
    """No tick is doubled, none is lost, and one run at a time lets them pass.

    Time goes on within `longest_s` for as long as somebody is there.
    """
    events = world.events()
    for earlier, later in pairwise(events):
        granted = min((later.at_us - earlier.at_us) // TICK_US, MOST_TICKS)
        assert later.tick - earlier.tick == granted, f"{what}: {earlier} and then {later}"
        passed_s = (later.at_us - earlier.at_us) / 1e6
        assert passed_s <= longest_s, f"{what}: nothing for {passed_s} seconds"
    last_s = (events[-1].at_us - events[0].at_us) / 1e6
    assert LEAVES - (longest_s if longest_s > MOST_S else 0.0) <= last_s <= IDLE, what
    beats = world.beats()
    assert all(b.tick > a.tick for a, b in pairwise(beats)), f"{what}: a beat twice"
    assert len(beats) <= last_s * HZ + 1, f"{what}: {len(beats)} beats"
    for (_, ended, epoch), (begun, _, newer) in pairwise(sorted(world.turns)):
        assert newer >= epoch, f"{what}: the run {epoch} came back"
        assert ended - begun <= LOOK_US / 1e6, f"{what}: two runs at once from {begun} to {ended}"
    assert not world.states.running(TENANT, WORLD), f"{what}: somebody still runs"


def kills(world: Played, number: int, when: str) -> None:
    def between(call: int, at: str) -> None:
        if (call, at) == (number, when):
            raise Killed

    world.between = between


def ended(world: Played, execution: Execution, *, heard_of: bool = True) -> None:
    execution.abort()
    if heard_of:
        world.time.later(0.5, lambda: world.deliver(execution.ended()))


def test_time_passes_from_the_quorum_until_a_minute_after_somebody_was_last_heard() -> None:
    world = played()
    world.time.until(0.9)
    assert world.beats() == []
    world.time.until(OVER)
    judge(world, "undisturbed")
    assert len(world.states.executions) == 2, "the second one is the first one's continuation"
    assert max(end for _, end, _ in world.turns) <= IDLE


def test_an_idle_world_has_no_invocation_for_ten_minutes_and_goes_on_when_somebody_comes() -> None:
    world = played()
    world.time.until(OVER)
    invocations, steps = world.invocations, world.steps
    world.time.until(OVER + 600.0)
    assert (world.invocations, world.steps) == (invocations, steps)
    before = len(world.beats())
    world.player("bob", comes=0.0, leaves=OVER + 700.0)
    world.time.until(OVER + 660.0)
    assert len(world.beats()) - before == pytest.approx(60.0 * HZ, abs=2)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_function_that_ends_at_any_call_leaves_no_tick_doubled_or_lost(when: str) -> None:
    undisturbed = played()
    undisturbed.time.until(OVER)
    for number in range(1, undisturbed.calls + 1):
        world = played()
        kills(world, number, when)
        world.time.until(OVER)
        judge(world, f"killed {when} call {number}")


def stops() -> list[str]:
    """Return the states that executions come to, in order."""
    world, at = played(), list[str]()
    world.before_step = lambda execution: at.append(execution.at)
    world.time.until(OVER)
    assert set(at) == set(Execution({}, lambda *_: None).states), "all there are"
    return at


def ended_at(step: int, *, heard_of: bool) -> Played:
    """Return a world of which an execution was ended at a state, the how manieth."""
    world = played()

    def before_step(execution: Execution) -> None:
        if world.steps == step:
            ended(world, execution, heard_of=heard_of)

    world.before_step = before_step
    world.time.until(OVER)
    return world


def test_an_execution_that_is_ended_at_any_state_is_followed_by_another() -> None:
    for step, state in enumerate(stops(), 1):
        judge(ended_at(step, heard_of=True), f"ended at state {step}, {state}")


def test_an_execution_whose_end_nobody_hears_of_is_followed_when_a_player_is_heard() -> None:
    for step, state in enumerate(stops(), 1):
        what = f"ended unheard at state {step}, {state}"
        judge(ended_at(step, heard_of=False), what, HELD_US / 1e6 + 20.0 + 2.0)


def test_an_execution_that_is_ended_while_a_turn_goes_on_is_followed_at_once() -> None:
    for second in range(2, 140, 6):
        world = played()
        world.time.later(second, partial(end_what_runs, world))
        world.time.until(OVER)
        judge(world, f"ended at second {second}")


def end_what_runs(world: Played) -> None:
    (execution,) = world.states.running(TENANT, WORLD)
    ended(world, execution)


def test_a_state_machine_that_fails_is_not_started_before_somebody_is_heard() -> None:
    world = played()
    world.time.later(30.0, lambda: setattr(world, "intake_is_down", True))
    world.time.later(90.0, lambda: setattr(world, "intake_is_down", False))
    world.time.until(OVER)
    statuses = [e.status for e in world.states.executions.values()]
    assert "FAILED" in statuses
    assert statuses[-1] == "SUCCEEDED"
    judge(world, "the intake was down for a minute", 60.0 + 20.0)


@pytest.mark.parametrize("when", ["before", "after"])
def test_whoever_comes_while_a_run_finds_nobody_has_time(when: str) -> None:
    undisturbed = played()
    undisturbed.time.until(OVER)
    for number in range(undisturbed.calls - 8, undisturbed.calls + 1):
        world, at_us = joined_at(number, when)
        beats = [b for b in world.beats() if b.at_us >= at_us]
        assert len(beats) >= 60.0 * HZ - 1, f"{when} call {number}: {len(beats)} beats"


def joined_at(number: int, when: str) -> tuple[Played, int]:
    """Return a world that somebody came to at a call, and when that was."""
    world = played()
    came_us: list[int] = []

    def between(call: int, at: str) -> None:
        if (call, at) == (number, when):
            world.between = lambda _call, _when: None
            assert world.joins("bob")
            came_us.append(world.time.now_us())

    world.between = between
    world.time.until(OVER)
    return world, came_us[0]


def test_an_execution_continues_as_new_before_its_history_is_full() -> None:
    calls = itertools.count()

    def fails_as_often_as_it_may(name: str, event: Any) -> Any:
        if next(calls) % 6 < 5:
            raise RuntimeError("try again")
        turn = event.get("turn", 0)
        return {**event, "turn": turn + 1, "awake": True} if name == "tick" else None

    execution = Execution({}, fails_as_often_as_it_may)
    while execution.status == "RUNNING":
        execution.step()
    assert execution.status == "SUCCEEDED"
    assert execution.data is None, "the ticker was asked last"
    assert 16_000 < execution.events < MOST_EVENTS
