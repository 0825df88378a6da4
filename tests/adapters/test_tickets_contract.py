"""What every tickets adapter does: a ticket opens one socket, once, within a minute."""

from urllib.parse import quote

import pytest

from lqe.ports.tickets import TICKET_LIFE_US, Grant, Tickets

NOW_US = 1_700_000_000_000_000
ANN = Grant("acme", "w1", "ann", "s1")


def test_a_ticket_grants_what_it_was_issued_for(tickets: Tickets) -> None:
    assert tickets.redeem(tickets.issue(ANN, NOW_US), NOW_US) == ANN


def test_a_ticket_is_good_once(tickets: Tickets) -> None:
    ticket = tickets.issue(ANN, NOW_US)
    assert tickets.redeem(ticket, NOW_US) == ANN
    assert tickets.redeem(ticket, NOW_US) is None


@pytest.mark.parametrize(
    "made_up", ["", "x", "é", "\ud800", "A" * 32, f"acme.{'A' * 32}", "acme.", "a#b." + "A" * 32]
)
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
    issued = {tickets.issue(ANN, NOW_US) for _ in range(200)}
    assert len(issued) == 200
    assert all(quote(ticket, safe="") == ticket for ticket in issued)
    assert all(len(ticket) >= 32 for ticket in issued)


def test_a_ticket_of_one_tenant_is_none_of_another(tickets: Tickets) -> None:
    bob = Grant("globex", "w1", "bob", "s1")
    ann_has, bob_has = tickets.issue(ANN, NOW_US), tickets.issue(bob, NOW_US)
    assert tickets.redeem(bob_has, NOW_US) == bob
    assert tickets.redeem(ann_has, NOW_US) == ANN


@pytest.mark.parametrize(("age_us", "granted"), [(999, True), (1_000, False)])
def test_a_ticket_is_good_no_longer_than_the_token_that_it_was_asked_for_with(
    tickets: Tickets, age_us: int, *, granted: bool
) -> None:
    grant = Grant("acme", "w1", "ann", "s1", NOW_US + 1_000)
    ticket = tickets.issue(grant, NOW_US)
    assert tickets.redeem(ticket, NOW_US + age_us) == (grant if granted else None)
