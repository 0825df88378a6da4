"""Worlds in bad weather, and every known bug found in them. LQE_SEEDS says how many."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.__main__ import main
from tests.simulation.bugs import BUGS, caught
from tests.simulation.chance import KINDS
from tests.simulation.planted.bug import Bug
from tests.simulation.shrink import Shrinker, in_words
from tests.simulation.simulation import Simulation

SEEDS = int(os.environ.get("LQE_SEEDS", "400"))
PART = 20
MOST_SEEDS_FOR_A_BUG = 2_000
ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("first", range(0, SEEDS, PART))
def test_everything_holds_whatever_goes_wrong(first: int) -> None:
    for seed in range(first, min(first + PART, SEEDS)):
        run = Simulation(seed).run()
        assert not run.broken, f"{run.broken}\nrepeat: python -m tests.simulation {seed}"


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_a_bug_is_found(bug: Bug) -> None:
    assert caught(bug, range(MOST_SEEDS_FOR_A_BUG)), bug.what


def test_there_are_bugs_enough_and_each_is_planted_and_taken_out_again() -> None:
    assert len(BUGS) >= 30
    run = Simulation(1).run()
    for bug in BUGS.values():
        with bug.planted():
            pass
    assert Simulation(1).run() == run


def test_everything_that_can_go_wrong_does() -> None:
    never = set(KINDS)
    for seed in range(1_000):
        never -= {fault.kind for fault in Simulation(seed).run().faults}
        if never == {"eventual"}:
            return  # every read of the adapters is consistent; one of the bugs makes others
    pytest.fail(f"{sorted(never)} never went wrong")


def test_a_seed_is_the_same_run_in_every_process() -> None:
    program = (
        "from tests.simulation.simulation import Simulation\n"
        "for seed in range(6): print(Simulation(seed).run().digest)"
    )
    digests = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        for hash_seed in ("1", "2")
    ]
    here = [Simulation(seed).run().digest for seed in range(6)]
    assert digests == [here, here]


def test_a_run_is_repeated_by_its_own_steps_and_faults() -> None:
    for seed in range(10):
        run = Simulation(seed).run()
        assert Simulation(seed, steps=run.steps, faults=run.faults).run() == run


def test_the_command_line_says_how_it_went(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["3"]) == 0
    assert main(["--seeds", "0..4", "--jobs", "1"]) == 0
    assert "4 seeds" in capsys.readouterr().out
    planted = ["--bug", "ten_signals_are_enough", "--whole"]
    found = caught(BUGS["ten_signals_are_enough"], range(MOST_SEEDS_FOR_A_BUG))
    assert found is not None
    assert main([str(found.seed), *planted]) == 1
    assert "What goes wrong:" in capsys.readouterr().out
    assert main(["--seeds", f"{found.seed}..{found.seed + 1}", *planted]) == 1
    assert f"python -m tests.simulation {found.seed} --bug ten" in capsys.readouterr().out


def test_a_run_that_fails_is_made_smaller_and_said_in_words() -> None:
    bug = BUGS["a_bus_that_does_not_answer_is_let_go"]
    found = caught(bug, range(MOST_SEEDS_FOR_A_BUG))
    assert found is not None
    with bug.planted():
        small = Shrinker(found, most_runs=60).smallest()
        assert small.broken
        assert len(small.steps) + len(small.faults) < len(found.steps) + len(found.faults)
        again = Simulation(small.seed, steps=small.steps, faults=small.faults).run()
    assert again == small
    assert f"seed {small.seed}: " in in_words(small)
    assert "put_events" in in_words(small), "what the bug is about is among the faults"
