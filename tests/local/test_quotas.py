"""How many worlds are opened and how many sockets are open: of a player, and of a tenant."""

import pytest

from lqe.adapters.buckets import ProcessBuckets
from lqe.errors import Refused
from lqe.local.socket_quota import SocketQuota
from lqe.local.world_quota import WorldQuota
from lqe.ports.push import Connection
from tests.recorded import SteppingClock

MINUTE_US = 60_000_000


def opened(quota: WorldQuota, tries: int, tenant: str = "acme", player: str = "") -> int:
    through = 0
    for number in range(tries):
        try:
            quota.take(tenant, f"w{number}", player)
        except Refused:
            continue
        through += 1
    return through


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def have() -> dict[str, int]:
    return {"acme": 0, "globex": 0}


@pytest.fixture
def quota(clock: SteppingClock, have: dict[str, int]) -> WorldQuota:
    return WorldQuota(ProcessBuckets(clock), have.__getitem__, most=100, a_minute=60)


def test_a_tenant_opens_so_many_worlds_a_minute_and_no_other_waits_for_it(
    quota: WorldQuota, clock: SteppingClock
) -> None:
    assert opened(quota, 1_000) == 60
    with pytest.raises(Refused, match="acme opens at most 60 worlds a minute") as refused:
        quota.take("acme", "w1")
    assert refused.value.code == "too_fast"
    assert opened(quota, 1_000, "globex") == 60
    clock.us += MINUTE_US
    assert opened(quota, 1_000) == 60


def test_one_player_leaves_most_of_it_to_the_others(quota: WorldQuota) -> None:
    assert opened(quota, 1_000, player="ann") == 15
    assert opened(quota, 1_000, player="bob") == 15
    with pytest.raises(Refused, match="a player opens at most 15 worlds a minute"):
        quota.take("acme", "w1", "ann")
    assert opened(quota, 1_000) == 30


def test_a_tenant_has_no_more_worlds_than_its_quota_says(
    quota: WorldQuota, clock: SteppingClock, have: dict[str, int]
) -> None:
    through = 0
    for _ in range(10):
        for _ in range(6):
            through += opened(quota, 10)
            have["acme"] = through
        clock.us += MINUTE_US
    assert through == 100
    with pytest.raises(Refused, match="acme has 100 worlds of 100: raise its quota") as refused:
        quota.take("acme", "w1")
    assert refused.value.code == "quota_exceeded"
    have["acme"] = 99  # one of them was deleted
    quota.take("acme", "w1")


def socket(number: int, player: str = "ann", world: str = "w1", session: str = "") -> Connection:
    return Connection(f"c{number}", "acme", world, player, session or f"s{number}")


def test_a_player_has_so_many_sockets_in_all_its_worlds() -> None:
    quota = SocketQuota(of_player=3, of_tenant=100)
    for number in range(3):
        quota.check(socket(number, world=f"w{number}"))
        quota.add(socket(number, world=f"w{number}"))
    with pytest.raises(Refused, match="a player has at most 3 sockets at once") as refused:
        quota.check(socket(4, world="w9"))
    assert refused.value.code == "quota_exceeded"
    quota.check(socket(4, player="bob"))
    quota.remove(socket(0, world="w0"))
    quota.check(socket(4, world="w9"))


def test_who_takes_a_session_over_needs_no_other_place() -> None:
    quota = SocketQuota(of_player=1, of_tenant=1)
    quota.add(socket(1, session="s"))
    quota.check(socket(2, session="s"))
    quota.add(socket(2, session="s"))
    quota.remove(socket(1, session="s"))
    with pytest.raises(Refused):
        quota.check(socket(3))
    quota.remove(socket(2, session="s"))
    quota.check(socket(3))


def test_a_tenant_has_so_many_sockets_of_all_its_players() -> None:
    quota = SocketQuota(of_player=10, of_tenant=2)
    for number in range(2):
        quota.add(socket(number, player=f"p{number}"))
    with pytest.raises(Refused, match="acme has as many sockets as it may have at once, 2"):
        quota.check(socket(3, player="bob"))
    quota.check(Connection("c", "globex", "w1", "bob", "s"))
