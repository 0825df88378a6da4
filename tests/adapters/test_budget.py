"""How long an event may take: whatever it does about it, it is over, and what it made is void."""

import time
from collections.abc import Callable

import pytest

from lqe.adapters.budget import Unlimited, WatchedBudget
from lqe.ports.budget import OutOfTime


def loop_for_ever() -> None:
    while True:
        pass


def swallow_it_and_end() -> None:
    try:
        loop_for_ever()
    except:  # noqa: E722
        return


def turn_it_into_something_else() -> None:
    try:
        loop_for_ever()
    except BaseException as error:
        raise ValueError("no time") from error


def spin_just_over_the_limit() -> None:
    # Of a processor, as the budget counts: on a busy machine that takes longer by the clock.
    until = time.thread_time() + 0.35
    while time.thread_time() < until:
        pass


@pytest.mark.parametrize(
    "event",
    [loop_for_ever, swallow_it_and_end, turn_it_into_something_else, spin_just_over_the_limit],
)
def test_an_event_that_takes_too_long_is_out_of_time(event: Callable[[], None]) -> None:
    budget = WatchedBudget(event_s=0.1)
    with pytest.raises(OutOfTime, match="out of time"), budget.one_event():
        event()
    # Nothing of it is left for what comes next.
    until = time.monotonic() + 0.4
    while time.monotonic() < until:
        pass
    with budget.one_event():
        pass


def test_an_event_that_swallows_it_for_ever_is_given_up_by_the_watchdog_alone() -> None:
    budget = WatchedBudget(event_s=0.05)

    def some_times() -> None:
        for _ in range(3):
            try:
                loop_for_ever()
            except:  # noqa: E722
                continue

    with pytest.raises(OutOfTime), budget.one_event():
        some_times()


def test_an_event_that_is_quick_costs_nothing_and_its_own_error_is_its_own() -> None:
    budget = WatchedBudget(event_s=0.2)
    for _ in range(1_000):
        with budget.one_event():
            pass
    with pytest.raises(ValueError, match="mine"), budget.one_event():
        raise ValueError("mine")


def test_a_call_is_over_when_its_time_is_up() -> None:
    budget = WatchedBudget()
    assert not budget.is_spent()
    budget.begin(0.01)
    time.sleep(0.02)
    assert budget.is_spent()
    budget.begin(60)
    assert not budget.is_spent()


def test_without_limits_there_is_always_time() -> None:
    with Unlimited().one_event():
        pass
    assert not Unlimited().is_spent()


def test_an_event_that_waits_for_a_processor_is_not_out_of_time() -> None:
    budget = WatchedBudget(event_s=0.1)
    with budget.one_event():
        time.sleep(0.4)
