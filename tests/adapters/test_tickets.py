"""Tickets in memory: each opens one socket, once, within a minute, and nobody guesses one."""

import re

import pytest

from lqe.adapters.memory import MemoryTickets
from lqe.ports.tickets import TICKET_LIFE_US, Grant, Tickets

NOW_US = 1_700_000_000_000_000
ANN = Grant("acme", "w1", "ann", "s1")


@pytest.fixture
def tickets() -> Tickets:
    return MemoryTickets()


def test_a_ticket_grants_what_it_was_issued_for(tickets: Tickets) -> None:
    assert tickets.redeem(tickets.issue(ANN, NOW_US), NOW_US) == ANN


def test_a_ticket_is_good_once(tickets: Tickets) -> None:
    ticket = tickets.issue(ANN, NOW_US)
    assert tickets.redeem(ticket, NOW_US) == ANN
    assert tickets.redeem(ticket, NOW_US) is None


@pytest.mark.parametrize("made_up", ["", "x", "é", "\ud800", "A" * 32])
def test_a_ticket_that_nobody_issued_grants_nothing(tickets: Tickets, made_up: str) -> None:
    tickets.issue(ANN, NOW_US)
    assert tickets.redeem(made_up, NOW_US) is None


@pytest.mark.parametrize(
    ("age_us", "granted"),
    [(0, True), (TICKET_LIFE_US - 1, True), (TICKET_LIFE_US, False), (TICKET_LIFE_US + 1, False)],
)
def test_a_ticket_is_good_for_a_minute(tickets: Tickets, age_us: int, *, granted: bool) -> None:
    ticket = tickets.issue(ANN, NOW_US)
    assert (tickets.redeem(ticket, NOW_US + age_us) == ANN) is granted


def test_a_clock_that_was_set_back_costs_nobody_a_ticket(tickets: Tickets) -> None:
    ticket = tickets.issue(ANN, NOW_US)
    assert tickets.redeem(ticket, NOW_US - 5_000_000) == ANN


def test_no_two_tickets_are_alike_and_each_fits_into_an_address(tickets: Tickets) -> None:
    issued = {tickets.issue(ANN, NOW_US) for _ in range(1_000)}
    assert len(issued) == 1_000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{32}", ticket) for ticket in issued)


def test_beyond_the_bound_the_oldest_goes() -> None:
    tickets = MemoryTickets(most=3)
    first, *others = [tickets.issue(ANN, NOW_US + number) for number in range(4)]
    assert len(tickets) == 3
    assert tickets.redeem(first, NOW_US) is None
    assert all(tickets.redeem(ticket, NOW_US) == ANN for ticket in others)


def test_no_tenant_pushes_out_the_tickets_of_another() -> None:
    tickets = MemoryTickets(most=3)
    bob = Grant("globex", "w1", "bob", "s1")
    ticket = tickets.issue(bob, NOW_US)
    for _ in range(10):
        tickets.issue(ANN, NOW_US)
    assert tickets.redeem(ticket, NOW_US) == bob


def test_tickets_that_are_too_old_are_not_kept() -> None:
    tickets = MemoryTickets()
    for number in range(100):
        tickets.issue(ANN, NOW_US + number)
    used = tickets.issue(ANN, NOW_US + TICKET_LIFE_US + 49)
    assert len(tickets) == 51
    tickets.redeem(used, NOW_US + TICKET_LIFE_US + 98)
    assert len(tickets) == 1
