"""Processes side by side: never more than said is let through, and who keeps to it is let through.

Every call of one process may let others come between its read of the clock and its update.
"""

from collections.abc import Callable
from random import Random
from typing import Any, Final

import pytest

from lqe.adapters.buckets import ProcessBuckets
from lqe.adapters.dynamodb.buckets import LEASE_US, SKEW_US, DynamoBuckets
from lqe.adapters.dynamodb.table import Table
from lqe.adapters.dynamodb.tables import CONNECTIONS
from lqe.errors import Unavailable
from lqe.ports.buckets import Bucket
from tests.recorded import START_US, SteppingClock
from tests.simulation.aws.dynamodb import DynamoDB
from tests.simulation.aws.errors import refusal

SECOND_US: Final = 1_000_000
SEEDS: Final = range(60)


class Skewed:
    """A clock beside the true one."""

    def __init__(self, clock: SteppingClock, skew_us: int) -> None:
        self._clock = clock
        self.skew_us = skew_us

    def now_us(self) -> int:
        return self._clock.us + self.skew_us


class Fleet:
    """Processes that take from one bucket; `let_through` is when, and how many at a time."""

    def __init__(self, chance: Random, bucket: Bucket, processes: int, *, skew_us: int = 0) -> None:
        self.clock = SteppingClock()
        self.dynamodb = DynamoDB({CONNECTIONS: "S"})
        self.table = Table(self, CONNECTIONS)
        self.let_through: list[tuple[int, int]] = []
        self.refused = 0
        self.updates = 0
        self.between: Callable[[], object] = lambda: None
        self._chance, self._bucket, self._depth = chance, bucket, 0
        self._skews = [chance.randint(0, skew_us) for _ in range(processes)]
        self._processes = [self._start(number) for number in range(processes)]
        self._busy: set[int] = set()

    def _start(self, number: int) -> DynamoBuckets:
        return DynamoBuckets(self.table, Skewed(self.clock, self._skews[number]))

    def update_item(self, **asked: Any) -> Any:
        """Change an item, when others have come between; that costs, also where it is refused."""
        self.updates += 1
        if self._depth < 3 and self._chance.random() < 0.3:
            self._depth += 1
            self.between()
            self._depth -= 1
        return self.dynamodb.update_item(**asked)

    def send(self, count: int) -> bool:
        """Let one process that has nothing else to do take `count`; or none, if all are busy."""
        idle = sorted(set(range(len(self._processes))) - self._busy)
        if not idle:
            return True
        number = self._chance.choice(idle)
        self._busy.add(number)
        try:
            allowed = self._processes[number].allows("acme", "commands", self._bucket, count)
        except Unavailable:
            return True  # another bucket decides then
        finally:
            self._busy.discard(number)
        if allowed:
            self.let_through.append((self.clock.us, count))
        else:
            self.refused += 1
        return allowed

    def empty(self) -> None:
        """Take what there is."""
        assert not all(self.send(1) for _ in range(1_000))

    def restart(self) -> None:
        """Let a process end, with whatever it took, and another one start."""
        number = self._chance.randrange(len(self._processes))
        if number not in self._busy:
            self._processes[number] = self._start(number)

    def most_beyond(self) -> float:
        """Return by how much what was let through exceeds the rate, in the worst window."""
        worst, times = 0.0, self.let_through
        for first in range(len(times)):
            total = 0
            for at_us, count in times[first:]:
                total += count
                within_s = (at_us - times[first][0]) / SECOND_US
                worst = max(worst, total - self._bucket.per_second * within_s)
        return worst


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_sent_no_window_has_more_than_is_said(seed: int) -> None:
    chance = Random(seed)
    bucket = Bucket.of(chance.choice((1, 20, 50, 125)))
    skew_us = chance.choice((0, 0, 5_000, 300_000))
    fleet = Fleet(chance, bucket, chance.choice((1, 2, 5, 20)), skew_us=skew_us)
    pauses_us = chance.choice(((0, 1_000), (0, 20_000, 400_000), (1_000, 3_000_000)))
    fleet.between = lambda: fleet.send(chance.randint(1, 8))
    for _ in range(400):
        fleet.clock.us += chance.choice(pauses_us)
        fleet.send(chance.choice((1, 1, 2, 64)))
        if chance.random() < 0.05:
            fleet.restart()
    slack = 2 * bucket.burst + bucket.per_second * (LEASE_US + skew_us) / SECOND_US
    assert fleet.most_beyond() <= slack
    assert fleet.refused or fleet.let_through


@pytest.mark.parametrize("seed", SEEDS)
def test_who_keeps_to_the_rate_is_never_refused(seed: int) -> None:
    chance = Random(seed)
    bucket = Bucket.of(chance.choice((1, 20, 50, 125)))
    fleet = Fleet(chance, bucket, chance.choice((1, 2, 5, 20)))
    # Exactly what one process with a bucket of the same size would let through is sent.
    kept = ProcessBuckets(fleet.clock)

    def send() -> None:
        count = chance.choice((1, 1, 2, 64))
        if kept.allows("acme", "commands", bucket, count):
            assert fleet.send(count)

    fleet.between = send
    pauses_us = chance.choice(((0, 1_000), (0, 20_000, 400_000), (1_000, 3_000_000)))
    for _ in range(400):
        fleet.clock.us += chance.choice(pauses_us)
        send()
        if chance.random() < 0.05:
            fleet.restart()
    assert fleet.refused == 0


def test_one_who_sends_now_and_then_costs_a_write_each_time() -> None:
    fleet = Fleet(Random(1), Bucket.of(50), 1)
    for _ in range(20):
        assert fleet.send(1)
        fleet.clock.us += 5 * SECOND_US
    assert fleet.updates == 20


def test_one_that_is_busy_costs_a_fraction_of_a_write() -> None:
    fleet = Fleet(Random(1), Bucket.of(50), 1)
    for _ in range(1_000):
        assert fleet.send(1)
        fleet.clock.us += SECOND_US // 40
    assert fleet.updates < 1_000 / 10


def test_who_was_refused_costs_nothing_until_there_is_something_to_take() -> None:
    fleet = Fleet(Random(1), Bucket.of(50), 1)
    fleet.empty()
    spent = fleet.updates
    for _ in range(100):
        assert not fleet.send(1)
    assert fleet.updates == spent
    fleet.clock.us += SECOND_US // 50
    assert fleet.send(1)


def test_a_flood_gets_the_rate_and_costs_little_more_than_that() -> None:
    bucket, seconds, processes = Bucket.of(100), 10, 8
    fleet = Fleet(Random(1), bucket, processes)
    for _ in range(seconds * 1_000):
        fleet.send(1)
        fleet.clock.us += SECOND_US // 1_000
    through = sum(count for _, count in fleet.let_through)
    assert through >= 100 * seconds + bucket.burst
    assert fleet.updates <= through + processes * seconds * 4


def test_what_a_process_took_is_not_spent_a_lease_later() -> None:
    chance, bucket = Random(1), Bucket.of(1_000)
    fleet = Fleet(chance, bucket, 1)
    for _ in range(50):  # it expects many more
        fleet.send(1)
        fleet.clock.us += 1_000
    fleet.clock.us += LEASE_US
    before = fleet.updates
    fleet.send(1)
    assert fleet.updates == before + 1


def test_a_quota_that_was_changed_begins_a_bucket_of_its_own(clock: SteppingClock) -> None:
    buckets = DynamoBuckets(Table(DynamoDB({CONNECTIONS: "S"}), CONNECTIONS), clock)
    low, high = Bucket.of(1), Bucket.of(1_000)
    assert not all(buckets.allows("acme", "commands", low, 1) for _ in range(1_000))
    assert buckets.allows("acme", "commands", high, high.burst)
    assert not buckets.allows("acme", "commands", low, 1)


def test_a_bucket_that_a_clock_far_ahead_has_used_is_not_believed(clock: SteppingClock) -> None:
    table = Table(DynamoDB({CONNECTIONS: "S"}), CONNECTIONS)
    bucket = Bucket.of(50)
    emptied_us = 2 * bucket.fills_ns(bucket.burst) // 1_000
    ahead = DynamoBuckets(table, Skewed(clock, emptied_us + 3 * SKEW_US))
    assert ahead.allows("acme", "commands", bucket, 1)
    with pytest.raises(Unavailable, match="a clock far ahead"):
        DynamoBuckets(table, clock).allows("acme", "commands", bucket, 1)


def test_who_loses_every_race_is_told_that_it_is_not_known(clock: SteppingClock) -> None:
    class Overtaken:
        """A table whose item is always another one than was last seen."""

        def update_item(self, **_: Any) -> Any:
            clock.us += 1
            there = {"full_ns": {"N": str(clock.us * 1_000)}}
            raise refusal("UpdateItem", "ConditionalCheckFailedException", Item=there)

    late = DynamoBuckets(Table(Overtaken(), CONNECTIONS), clock)
    with pytest.raises(Unavailable, match="races"):
        late.allows("acme", "commands", Bucket.of(50), 1)


def test_an_item_that_nobody_uses_is_cleared_away() -> None:
    fleet = Fleet(Random(1), Bucket.of(50), 1)
    fleet.send(1)
    (item,) = fleet.dynamodb.tables[CONNECTIONS]["acme#.rates"].values()
    assert START_US // SECOND_US < int(item["expires"]["N"]) < START_US // SECOND_US + 7_200
