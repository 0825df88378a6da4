"""A system's clock that is set is noticed and told; one that is kept right is not."""

import msgspec

from lqe.local.clock_watch import ClockWatch

SECOND_US = 1_000_000
HOUR_US = 3_600 * SECOND_US


class Clock(msgspec.Struct):
    us: int = 0

    def now_us(self) -> int:
        return self.us


def test_a_leap_is_told_once_and_is_a_notice_for_ten_minutes() -> None:
    system, steady, told = Clock(), Clock(), list[str]()
    watch = ClockWatch(system, steady, told.append)
    system.us = -3 * HOUR_US
    watch.look()
    watch.look()
    assert watch.leaps == len(told) == 1
    assert "went back by 10800.0 s" in told[0]
    assert watch.apart_s == -10_800
    assert watch.notices() == told
    system.us += 601 * SECOND_US
    steady.us += 601 * SECOND_US
    watch.look()
    assert watch.leaps == 1
    assert watch.notices() == []


def test_each_leap_counts_also_the_one_that_puts_the_clock_right() -> None:
    system, steady, told = Clock(), Clock(), list[str]()
    watch = ClockWatch(system, steady, told.append)
    for us in (SECOND_US, 0):
        system.us = us
        watch.look()
    assert watch.leaps == 2
    assert "went forward by 1.0 s" in told[0]
    assert watch.apart_s == 0


def test_a_clock_that_is_drawn_towards_the_right_time_does_not_leap() -> None:
    system, steady, told = Clock(), Clock(), list[str]()
    watch = ClockWatch(system, steady, told.append)
    for _ in range(3_600):
        steady.us += SECOND_US
        system.us += SECOND_US + 500
        watch.look()
    assert (watch.leaps, told, watch.notices()) == (0, [], [])
    assert watch.apart_s == 1.8
