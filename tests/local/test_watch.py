"""A process is stuck when it works and its mark does not move."""

from lqe.local.mark import Marked
from lqe.local.watch import LOOKS_EVERY_S, Watch

HERE = Marked(moves=5, tenant="acme", world="w1", position=3)
IDLE = Marked(moves=6)


def after(watch: Watch, seconds: float, share: float, marked: Marked = HERE) -> float:
    """Let time pass in which a process has a share of a processor; return for how long it stuck."""
    for look in range(round(seconds / LOOKS_EVERY_S) + 1):
        at = look * LOOKS_EVERY_S
        watch.look(marked, 100 + at * share, 1_000 + at)
    return watch.stuck_s


def test_one_that_works_and_does_not_move_is_stuck_for_as_long_as_it_worked() -> None:
    assert after(Watch(), 8, 1.0) == 8
    assert after(Watch(), 8, 0.5) == 4


def test_one_that_gets_no_processor_is_stuck_much_later() -> None:
    assert 0 < after(Watch(), 12, 0.0) < 3
    assert after(Watch(), 120, 0.0) > 10


def test_where_nobody_says_what_it_used_time_counts() -> None:
    watch = Watch()
    for second in range(9):
        watch.look(HERE, None, second)
    assert watch.stuck_s == 8


def test_one_that_moves_or_is_idle_is_not_stuck() -> None:
    watch = Watch()
    after(watch, 8, 1.0)
    assert watch.look(Marked(6, "acme", "w1", 3), 200, 2_000) == 0
    assert after(Watch(), 8, 1.0, IDLE) == 0


def test_a_machine_that_slept_has_not_waited() -> None:
    watch = Watch()
    watch.look(HERE, 1.0, 10.0)
    watch.look(HERE, 1.0, 3_600.0)
    assert watch.stuck_s < 1
