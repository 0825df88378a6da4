"""Buckets of one process, whatever its clock does."""

from lqe.adapters.buckets import ProcessBuckets
from lqe.ports.buckets import Bucket
from tests.recorded import SteppingClock

SECOND_US = 1_000_000


def test_a_clock_that_goes_back_shuts_nobody_out(clock: SteppingClock) -> None:
    buckets, bucket = ProcessBuckets(clock), Bucket.of(50)
    assert buckets.allows("acme", "commands", bucket, bucket.burst)
    clock.us -= 3_600 * SECOND_US
    assert not buckets.allows("acme", "commands", bucket, 1)
    clock.us += SECOND_US
    assert buckets.allows("acme", "commands", bucket, 50)


def test_a_rate_is_kept_that_no_number_of_microseconds_divides(clock: SteppingClock) -> None:
    buckets, bucket = ProcessBuckets(clock), Bucket.of(30_000)
    assert buckets.allows("acme", "commands", bucket, bucket.burst)
    through = 0
    for _ in range(1_000):
        clock.us += 1_000
        through += sum(buckets.allows("acme", "commands", bucket, 1) for _ in range(40))
    assert 29_998 <= through <= 30_000
