"""Who may send how much, in one process and in many, and what is done when nobody knows."""

import pytest

from lqe.adapters.buckets import ProcessBuckets
from lqe.errors import Refused, Unavailable
from lqe.handlers.submit.rate import Rates
from lqe.handlers.submit.shared import FailOpen, Trusting
from lqe.ports.buckets import Bucket
from lqe.ports.push import Connection
from tests.recorded import SteppingClock

SECOND_US = 1_000_000
FIFTY = Bucket.of(50)


def player(name: str, tenant: str = "acme", world: str = "w1") -> Connection:
    return Connection(f"c-{name}", tenant, world, name, "s")


def refusal_of(rates: Rates, connection: Connection, commands: int) -> str:
    with pytest.raises(Refused) as refused:
        rates.check(connection, commands)
    return f"{refused.value.code}: {refused.value.reason}"


class Asked:
    """Buckets that count how often they are asked, and answer unless they are broken."""

    def __init__(self, clock: SteppingClock) -> None:
        self.times = 0
        self.broken = False
        self._buckets = ProcessBuckets(clock)

    def allows(self, tenant: str, name: str, bucket: Bucket, count: int) -> bool:
        self.times += 1
        if self.broken:
            raise Unavailable("throttled")
        return self._buckets.allows(tenant, name, bucket, count)


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def rates(clock: SteppingClock) -> Rates:
    buckets = ProcessBuckets(clock)
    quotas = {"acme": 50.0, "closed": 0.0}
    return Rates(buckets, buckets, tenant_rate=quotas.get)


def test_a_player_that_sends_too_fast_is_told_the_rate_and_what_to_do(rates: Rates) -> None:
    rates.check(player("ann"), 64)
    said = refusal_of(rates, player("ann"), 1)
    assert said.startswith("too_fast: a player sends at most 20 commands a second")
    assert "send it again" in said


def test_a_player_has_one_rate_in_all_its_worlds_and_sockets(rates: Rates) -> None:
    for number in range(64):
        rates.check(player("ann", "stranger", world=f"w{number}"), 1)
    assert "in all its worlds together" in refusal_of(rates, player("ann", "stranger", "w99"), 1)


def test_a_player_joins_no_more_often_than_it_may_send_commands(
    rates: Rates, clock: SteppingClock
) -> None:
    for number in range(64):
        rates.check_join(player("ann", "stranger", world=f"w{number}"))
    with pytest.raises(Refused, match="a player joins at most 20 times a second"):
        rates.check_join(player("ann", "stranger"))
    rates.check(player("ann", "stranger"), 64)
    rates.check_join(player("bob", "stranger"))
    clock.us += SECOND_US
    rates.check_join(player("ann", "stranger"))


def test_who_comes_and_leaves_counts_for_the_tenant_as_two_events(rates: Rates) -> None:
    for number in range(32):
        rates.check_join(player(f"p{number}"))
    with pytest.raises(Refused, match="acme sends at most 50 commands a second"):
        rates.check_join(player("ann"))


def test_a_tenant_that_sends_too_fast_is_told_its_quota(rates: Rates) -> None:
    rates.check(player("ann"), 40)
    said = refusal_of(rates, player("bob", world="w2"), 40)
    assert said.startswith("too_fast: acme sends at most 50 commands a second in all its worlds")


def test_who_floods_takes_nothing_from_the_others_of_the_tenant(rates: Rates) -> None:
    rates.check(player("ann"), 40)
    for _ in range(50):
        refusal_of(rates, player("ann"), 40)
    rates.check(player("bob"), 20)


def test_a_tenant_whose_quota_is_none_sends_nothing_but_heartbeats(rates: Rates) -> None:
    assert refusal_of(rates, player("ann", "closed"), 1).startswith("quota_exceeded: closed may")
    rates.check(player("ann", "closed"), 0)


def test_a_tenant_that_is_not_registered_has_the_rates_of_its_players_alone(rates: Rates) -> None:
    for number in range(100):
        rates.check(player(f"p{number}", "stranger"), 20)
    rates.check(player("ann", "stranger"), 64)
    refusal_of(rates, player("ann", "stranger"), 1)


def test_heartbeats_count_for_their_player_and_not_for_the_tenant(rates: Rates) -> None:
    for number in range(200):
        rates.check(player(f"p{number}"), 0)
    rates.check(player("ann"), 64)
    refusal_of(rates, player("ann"), 0)


def test_what_nobody_knows_is_let_through_at_the_rate_of_one_process(clock: SteppingClock) -> None:
    shared, heard = Asked(clock), list[str]()
    buckets = FailOpen(shared, clock, lambda tenant, _: heard.append(tenant))
    shared.broken = True
    through = sum(buckets.allows("acme", "commands", FIFTY, 1) for _ in range(1_000))
    assert through == FIFTY.burst
    assert (shared.times, heard) == (1, ["acme"]), "who does not answer is left alone for a second"
    assert buckets.allows("globex", "commands", FIFTY, 1)
    assert heard == ["acme", "globex"], "and each tenant's buckets may fail by themselves"


def test_the_shared_bucket_counts_again_a_second_after_it_failed(clock: SteppingClock) -> None:
    shared = Asked(clock)
    buckets = FailOpen(shared, clock, lambda *_: None)
    while shared.allows("acme", "commands", FIFTY, 1):
        pass
    shared.broken = True
    assert buckets.allows("acme", "commands", FIFTY, 60)
    shared.broken = False
    clock.us += SECOND_US
    assert not buckets.allows("acme", "commands", FIFTY, 60)


def test_a_player_that_sends_little_costs_nothing_to_count(clock: SteppingClock) -> None:
    shared = Asked(clock)
    buckets = Trusting(shared, clock)
    for _ in range(100):
        assert buckets.allows("acme", "w1/ann", FIFTY, 1)
        clock.us += SECOND_US
    assert shared.times == 0


def test_a_player_that_sends_much_has_the_rate_and_what_processes_let_through_on_trust(
    clock: SteppingClock,
) -> None:
    shared, processes, seconds = Asked(clock), 10, 60
    edges = [Trusting(shared, clock) for _ in range(processes)]
    twenty, through = Bucket.of(20), 0
    for _ in range(seconds):
        through += sum(edge.allows("acme", "w1/ann", twenty, 1) for edge in edges * 20)
        clock.us += SECOND_US
    assert through == twenty.burst + 20 * (seconds - 1) + processes * (8 + seconds - 1)
