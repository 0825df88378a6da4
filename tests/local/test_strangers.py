"""What whoever is not known may ask in a second."""

import pytest

from lqe.handlers.http.messages import Request, Response
from lqe.handlers.http.problems import Declined
from lqe.local.recent import Recent
from lqe.local.strangers import AT_ONCE, PER_SECOND, Strangers

MANY = 10 * AT_ONCE


class Clock:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.us = 1_700_000_000_000_000

    def now_us(self) -> int:
        return self.us


class Asking:
    """Requests to a server that counts strangers."""

    def __init__(self, *, is_open: bool = False) -> None:
        self.clock = Clock()
        self._strangers = Strangers(self.clock, is_open=is_open)
        self.told: Declined | None = None

    def answered(
        self, times: int, remote: str = "a", *, method: str = "GET", status: int = 200,
        guarded: bool = False, path: str = "/",
    ) -> int:  # fmt: skip
        """Return how many of so many requests are answered."""
        request = Request(method=method, path=path, remote=remote)
        response = Response(status=status, body=b"")
        allowed = 0
        for _ in range(times):
            try:
                self._strangers.check(request, response, guarded=guarded)
                allowed += 1
            except Declined as error:
                self.told = error
        return allowed


def test_an_address_that_asks_in_a_loop_is_told_so_and_others_are_not() -> None:
    asking = Asking()
    assert asking.answered(MANY) == AT_ONCE
    assert asking.told is not None
    assert (asking.told.status, asking.told.headers["Retry-After"]) == (429, "1")
    assert asking.answered(1, "b") == 1
    asking.clock.us += 1_000_000
    assert asking.answered(MANY) == PER_SECOND


def test_a_flood_from_an_address_does_not_blind_what_watches_the_server_from_there() -> None:
    asking = Asking()
    asking.answered(MANY)
    assert asking.answered(AT_ONCE, path="/v1/health") == AT_ONCE
    assert asking.answered(MANY, path="/v1/health") == 0
    assert asking.answered(1, path="/v1/metrics") == 1


def test_whoever_is_let_in_is_counted_by_its_tenant_alone() -> None:
    assert Asking().answered(MANY, guarded=True) == MANY
    assert Asking().answered(MANY, guarded=True, status=409) == MANY


@pytest.mark.parametrize("status", [400, 401, 403, 421])
def test_whoever_is_not_let_in_is_a_stranger(status: int) -> None:
    assert Asking().answered(MANY, guarded=True, status=status) == AT_ONCE


def test_where_everybody_is_let_in_what_only_reads_is_counted() -> None:
    assert Asking(is_open=True).answered(MANY, guarded=True) == AT_ONCE
    assert Asking(is_open=True).answered(MANY, guarded=True, method="POST") == MANY


def test_what_anybody_may_ask_is_made_a_few_times_a_second() -> None:
    now_s, made = [0.0], [0]

    def make() -> int:
        made[0] += 1
        return made[0]

    recent = Recent(make, 0.5, lambda: now_s[0])
    assert [recent() for _ in range(100)] == [1] * 100
    now_s[0] = 0.5
    assert recent() == 2
