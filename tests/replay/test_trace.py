"""Two runs that part are told apart: tick, system, entity, component."""

import msgspec
import pytest

from lqe.adapters.memory import MemoryObjects
from lqe.adapters.scenarios import ScenarioCode, read_source
from lqe.events import AnyEvent
from lqe.replay.script import make_script
from lqe.replay.trace import Step, Trace, compare_traces, first_bad_keyframe, trace_run
from tests.recorded import STONES


@pytest.fixture(scope="module")
def code() -> ScenarioCode:
    made = ScenarioCode(MemoryObjects().tenant("t"))
    made.keep(read_source(STONES))
    return made


@pytest.fixture(scope="module")
def script(code: ScenarioCode) -> list[AnyEvent]:
    return make_script(code, read_source(STONES).digest, players=2, ticks=130, seed=3)


def test_a_script_is_the_same_for_the_same_seed(code: ScenarioCode, script: object) -> None:
    digest = read_source(STONES).digest
    assert make_script(code, digest, players=2, ticks=130, seed=3) == script
    assert make_script(code, digest, players=2, ticks=130, seed=4) != script


def test_two_runs_of_one_script_have_the_same_trace(
    code: ScenarioCode, script: list[AnyEvent]
) -> None:
    first = trace_run(code, script, steps=True)
    assert trace_run(code, script, steps=True) == first
    assert compare_traces(first, first) is None
    assert {s.part for s in first.steps} >= {"physics", "earn", "command.submitted.v1"}


def test_a_run_that_starts_cold_at_every_keyframe_reaches_the_same_digests(
    code: ScenarioCode, script: list[AnyEvent]
) -> None:
    warm, cold = trace_run(code, script), trace_run(code, script, restore=True)
    assert [t for t, _ in warm.keyframes] == [0, 40, 80, 120]
    assert warm.keyframes == cold.keyframes
    assert first_bad_keyframe(warm, cold) is None


def test_the_first_step_that_differs_is_named(code: ScenarioCode, script: list[AnyEvent]) -> None:
    ours = trace_run(code, script, steps=True)
    steps = list(ours.steps)
    place = next(i for i, s in enumerate(steps) if s.part == "earn" and "4|purse" in s.changed)
    old = steps[place]
    steps[place] = Step(old.tick, old.part, old.changed | {"4|purse": "other"})
    found = compare_traces(ours, Trace(ours.keyframes, steps))
    assert found is not None
    assert (found.tick, found.system, found.entity, found.component) == (
        old.tick, "earn", 4, "purse",
    )  # fmt: skip
    assert str(found) == f"tick {old.tick}, system earn: entity 4, component purse"


def test_a_trace_survives_its_way_between_processes(
    code: ScenarioCode, script: list[AnyEvent]
) -> None:
    trace = trace_run(code, script, steps=True)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(trace), type=Trace) == trace
