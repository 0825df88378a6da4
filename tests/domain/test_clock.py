"""Stamps: whole ticks granted, what is left over kept, pauses capped, ticks never go back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lqe.clock import APART_US, Stamp, next_stamp

_TICK_US = st.integers(1, 10_000_000)
_MOST = st.integers(1, 10_000)
_AT = st.integers(0, 2**53)
_PAUSE = st.integers(-(2**40), 2**40)


@given(_AT, _PAUSE, _TICK_US, _MOST)
def test_a_stamp_follows_the_rule(at_us: int, pause: int, tick_us: int, most: int) -> None:
    previous = Stamp(10, at_us)
    stamp = next_stamp(previous, at_us + pause, tick_us, most)
    if -pause > APART_US:
        assert stamp == Stamp(10, at_us + pause), "the log was wrong: time goes on from now"
        return
    whole = pause // tick_us
    granted = min(max(whole, 0), most)
    assert stamp.tick == 10 + granted
    if whole > most:
        assert stamp.at_us == at_us + pause, "capped: the clock catches up"
    else:
        assert stamp.at_us == at_us + granted * tick_us


@given(_AT, st.lists(_PAUSE, max_size=30), _TICK_US, _MOST)
def test_ticks_never_go_back_and_times_only_with_a_clock_that_was_wrong(
    at_us: int, pauses: list[int], tick_us: int, most: int
) -> None:
    stamp, now = Stamp(0, at_us), at_us
    for pause in pauses:
        now += pause
        after = next_stamp(stamp, now, tick_us, most)
        assert after.tick >= stamp.tick
        assert after.at_us >= stamp.at_us or stamp.at_us - now > APART_US
        assert after.at_us <= max(now, stamp.at_us)
        stamp = after


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=50), _TICK_US)
def test_short_steps_grant_as_many_ticks_as_one_long_one(steps: list[int], tick_us: int) -> None:
    stamp, now = Stamp(0, 0), 0
    for step in steps:
        now += step
        stamp = next_stamp(stamp, now, tick_us, 10**9)
    assert stamp == next_stamp(Stamp(0, 0), now, tick_us, 10**9)


def test_a_pause_of_exactly_the_cap_loses_nothing() -> None:
    assert next_stamp(Stamp(0, 0), 10_500, 1_000, 10) == Stamp(10, 10_000)


def test_a_longer_pause_is_capped_and_its_rest_is_lost() -> None:
    assert next_stamp(Stamp(0, 0), 999_999, 1_000, 10) == Stamp(10, 999_999)


def test_a_clock_that_went_back_a_little_grants_nothing() -> None:
    assert next_stamp(Stamp(5, 1_000_000), 3, 16_000, 625) == Stamp(5, 1_000_000)


def test_after_a_clock_that_was_hours_ahead_time_passes_from_the_next_event_on() -> None:
    wrong = Stamp(5, 3 * 3_600_000_000)
    first = next_stamp(wrong, 1_000_000, 16_000, 625)
    assert first == Stamp(5, 1_000_000)
    assert next_stamp(first, 1_160_000, 16_000, 625) == Stamp(15, 1_160_000)
