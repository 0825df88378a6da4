"""Which snapshots stay is a matter of their age, and of what begins with them."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from lqe.handlers.thinning import Mark, superfluous

# A keyframe every 100 s of a world whose ticks last 100 ms.
TICK_US, INTERVAL = 100_000, 1_000
HOUR, DAY = 36_000, 24 * 36_000


def marks(last: int, code: str = "a") -> list[Mark]:
    return [Mark(tick, code) for tick in range(0, last + 1, INTERVAL)]


def kept(found: Sequence[Mark], needed_from: int | None = None) -> list[int]:
    last = found[-1].tick
    needed = last if needed_from is None else needed_from
    dropped = set(superfluous(found, tick_us=TICK_US, needed_from=needed))
    return [mark.tick for mark in found if mark.tick not in dropped]


def test_of_the_latest_hours_one_an_hour_stays_and_the_newest_three() -> None:
    left = kept(marks(10 * HOUR))
    assert left == [h * HOUR for h in range(10)] + [358_000, 359_000, 360_000]


def test_of_days_long_past_one_a_day_stays() -> None:
    left = kept(marks(10 * DAY))
    assert [tick for tick in left if tick <= 7 * DAY] == [d * DAY for d in range(8)]
    assert len([tick for tick in left if 8 * DAY < tick <= 9 * DAY]) == 24


def test_where_code_begins_a_snapshot_stays() -> None:
    found = marks(10 * DAY)
    at = next(i for i, mark in enumerate(found) if mark.tick > 3.5 * DAY)
    found[at:] = [Mark(mark.tick, "b") for mark in found[at:]]
    assert found[at].tick in kept(found)
    assert found[at - 1].tick not in kept(found)


def test_what_a_fold_may_start_from_stays_whatever_its_age() -> None:
    assert kept(marks(3 * DAY), needed_from=0) == [mark.tick for mark in marks(3 * DAY)]


def test_what_nobody_looked_into_stays_until_somebody_did() -> None:
    found = [Mark(mark.tick) for mark in marks(3 * DAY)]
    assert superfluous(found, tick_us=TICK_US, needed_from=3 * DAY) == []


def test_a_world_without_snapshots_has_none_to_lose() -> None:
    assert superfluous([], tick_us=TICK_US, needed_from=0) == []


@given(
    st.lists(st.integers(0, 12 * DAY), min_size=1, max_size=60, unique=True),
    st.integers(0, 20 * DAY),
)
def test_to_thin_twice_is_to_thin_once(ticks: list[int], changed: int) -> None:
    found = [Mark(tick, "b" if tick >= changed else "a") for tick in sorted(ticks)]
    left = kept(found)
    assert kept([mark for mark in found if mark.tick in left]) == left
    assert left[0] == found[0].tick
    assert left[-1] == found[-1].tick
