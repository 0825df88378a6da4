"""Whose turn it is to let time pass in a world, on every kind of documents."""

import pytest

from lqe.adapters.memory import MemoryDocuments
from lqe.adapters.runs import HELD_US, DocumentRuns
from lqe.errors import Unavailable
from lqe.ports.documents import Documents
from lqe.ports.runs import Runs
from tests.recorded import START_US, SteppingClock

WHERE = ("acme", "w1")
_SECOND_US = 1_000_000


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def runs(documents: Documents, clock: SteppingClock) -> Runs:
    return DocumentRuns(documents, clock)


def begun(runs: Runs) -> int:
    """Let a first run begin and hold its world; return its epoch."""
    run = runs.next(*WHERE, hz=4.0, first=True)
    assert run is not None
    assert runs.hold(*WHERE, run.epoch) is not None
    return run.epoch


def test_nothing_follows_where_time_never_began(runs: Runs) -> None:
    assert runs.next(*WHERE) is None
    assert runs.next(*WHERE, hz=4.0) is None
    assert runs.hold(*WHERE, 1) is None


def test_a_first_run_is_to_be_started_until_a_turn_of_it_was_seen(runs: Runs) -> None:
    run = runs.next(*WHERE, hz=4.0, first=True)
    assert run is not None
    assert (run.epoch, run.hz) == (START_US // _SECOND_US, 4.0)
    assert runs.next(*WHERE) == run, "whoever was to start it may have been ended"
    runs.hold(*WHERE, run.epoch)
    assert runs.next(*WHERE) is None
    assert runs.next(*WHERE, hz=4.0, first=True) is None


def test_a_run_that_holds_its_world_keeps_others_from_starting(
    runs: Runs, clock: SteppingClock
) -> None:
    epoch = begun(runs)
    clock.us += HELD_US - 1
    assert runs.next(*WHERE) is None
    runs.hold(*WHERE, epoch)
    clock.us += HELD_US - 1
    assert runs.next(*WHERE) is None


def test_a_run_that_held_its_world_for_too_long_is_replaced_and_does_not_come_back(
    runs: Runs, clock: SteppingClock
) -> None:
    epoch = begun(runs)
    clock.us += HELD_US
    after = runs.next(*WHERE)
    assert after is not None
    assert after.epoch > epoch
    assert runs.hold(*WHERE, epoch) is None
    assert runs.let_go(*WHERE, epoch) is None
    assert runs.hold(*WHERE, after.epoch) is not None


def test_a_world_that_was_let_go_of_can_be_had_at_once_also_by_a_slower_clock(
    runs: Runs, clock: SteppingClock
) -> None:
    epoch = begun(runs)
    runs.let_go(*WHERE, epoch)
    clock.us -= 3 * _SECOND_US
    after = runs.next(*WHERE)
    assert after is not None
    assert after.epoch == epoch + 1


def test_a_run_follows_on_one_that_is_over_and_only_once(runs: Runs) -> None:
    epoch = begun(runs)
    after = runs.next(*WHERE, after=epoch)
    assert after is not None
    assert runs.next(*WHERE, after=epoch) == after
    runs.hold(*WHERE, after.epoch)
    assert runs.next(*WHERE, after=epoch) is None


def test_another_cadence_comes_to_the_run_that_goes_on(runs: Runs) -> None:
    epoch = begun(runs)
    assert runs.next(*WHERE, hz=10.0) is None
    held = runs.hold(*WHERE, epoch)
    assert held is not None
    assert held.hz == 10.0
    runs.let_go(*WHERE, epoch)
    after = runs.next(*WHERE)
    assert after is not None
    assert after.hz == 10.0


def test_no_epoch_comes_again_after_the_document_was_lost(clock: SteppingClock) -> None:
    epochs = set()
    for _ in range(2):
        runs = DocumentRuns(MemoryDocuments(), clock)
        epochs.add(begun(runs))
        clock.us += _SECOND_US
    assert len(epochs) == 2


class Disturbed:
    """Documents in which somebody else gives the run another cadence before `left` changes."""

    def __init__(self, documents: Documents, runs: Runs, left: int) -> None:
        self._documents = documents.tenant("acme")
        self._runs = runs
        self._left = left

    def tenant(self, _name: str) -> "Disturbed":
        return self

    def get(self, world: str, name: str) -> bytes | None:
        return self._documents.get(world, name)

    def names(self, world: str, prefix: str = "") -> list[str]:
        return self._documents.names(world, prefix)

    def replace(self, world: str, name: str, old: bytes | None, new: bytes) -> bool:
        if self._left:
            self._runs.next(*WHERE, hz=5.0 + self._left)
            self._left -= 1
        return self._documents.replace(world, name, old, new)


def test_of_two_that_change_a_run_at_once_neither_undoes_what_the_other_did(
    documents: Documents, runs: Runs, clock: SteppingClock
) -> None:
    epoch = begun(runs)
    clock.us += 1
    held = DocumentRuns(Disturbed(documents, runs, 1), clock).hold(*WHERE, epoch)
    assert held is not None
    assert (held.hz, held.until_us) == (6.0, clock.us + HELD_US)
    with pytest.raises(Unavailable, match="acme#w1 is changed by others"):
        DocumentRuns(Disturbed(documents, runs, 100), clock).hold(*WHERE, epoch)


def test_of_two_that_replace_a_run_at_once_the_later_one_starts_what_the_other_did(
    runs: Runs, clock: SteppingClock
) -> None:
    begun(runs)
    clock.us += HELD_US
    assert runs.next(*WHERE) == runs.next(*WHERE)
