"""What every buckets adapter does: a burst at once, then the rate, to each name by itself."""

from lqe.limits import MAX_FRAME_COMMANDS
from lqe.ports.buckets import Bucket, Buckets
from tests.recorded import SteppingClock

TEN = Bucket(per_second=10.0, burst=20)
SECOND_US = 1_000_000


def taken(buckets: Buckets, tries: int, tenant: str = "acme", name: str = "commands") -> int:
    return sum(buckets.allows(tenant, name, TEN, 1) for _ in range(tries))


def test_a_burst_is_there_at_once(buckets: Buckets) -> None:
    assert buckets.allows("acme", "commands", TEN, TEN.burst)


def test_what_is_far_beyond_the_burst_is_refused(buckets: Buckets) -> None:
    assert TEN.burst <= taken(buckets, 100) <= 2 * TEN.burst
    assert not buckets.allows("acme", "commands", TEN, 1)


def test_one_that_was_emptied_gives_its_rate(buckets: Buckets, clock: SteppingClock) -> None:
    taken(buckets, 100)
    for _ in range(5):
        clock.us += SECOND_US
        assert taken(buckets, 100) == TEN.per_second


def test_one_that_was_left_alone_is_full_and_no_more(
    buckets: Buckets, clock: SteppingClock
) -> None:
    at_first = taken(buckets, 100)
    clock.us += 3_600 * SECOND_US
    assert taken(buckets, 100) == at_first


def test_what_is_refused_takes_nothing(buckets: Buckets, clock: SteppingClock) -> None:
    taken(buckets, 100)
    clock.us += SECOND_US
    for _ in range(10):
        assert not buckets.allows("acme", "commands", TEN, TEN.burst)
    assert taken(buckets, 100) == TEN.per_second


def test_names_and_tenants_take_nothing_from_each_other(buckets: Buckets) -> None:
    taken(buckets, 100)
    assert taken(buckets, TEN.burst, name="w1/ann") == TEN.burst
    assert taken(buckets, TEN.burst, tenant="acme-2") == TEN.burst


def test_a_rate_below_one_is_a_rate_as_well(buckets: Buckets, clock: SteppingClock) -> None:
    slow = Bucket(per_second=0.5, burst=1)
    assert not all(buckets.allows("acme", "slow", slow, 1) for _ in range(10))
    clock.us += SECOND_US
    assert not buckets.allows("acme", "slow", slow, 1)
    clock.us += SECOND_US
    assert buckets.allows("acme", "slow", slow, 1)


def test_a_rate_has_room_for_a_frame_and_for_its_second() -> None:
    assert Bucket.of(5).burst == MAX_FRAME_COMMANDS
    assert Bucket.of(500).burst == 500
