"""What tickets in memory do besides what all tickets do: they are bounded, and cleaned away."""

from lqe.adapters.memory import MemoryTickets
from lqe.ports.tickets import TICKET_LIFE_US, Grant

NOW_US = 1_700_000_000_000_000
ANN = Grant("acme", "w1", "ann", "s1")


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
