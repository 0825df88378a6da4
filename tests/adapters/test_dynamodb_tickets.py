"""What the tickets on DynamoDB do besides what all tickets do."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lqe.adapters.dynamodb.table import Table
from lqe.adapters.dynamodb.tables import CONNECTIONS
from lqe.adapters.dynamodb.tickets import DynamoTickets
from lqe.errors import BadInput
from lqe.ports.tickets import TICKET_LIFE_US, Grant

NOW_US = 1_700_000_000_000_000
ANN = Grant("acme", "w1", "ann", "s1")


@pytest.fixture
def table(dynamodb: Any) -> Table:
    return Table(dynamodb, CONNECTIONS)


def test_a_ticket_is_not_in_the_table_that_knows_it(table: Table) -> None:
    ticket = DynamoTickets(table).issue(ANN, NOW_US)
    [item] = table.query("acme#.tickets")
    tenant, secret = ticket.split(".")
    assert tenant == "acme"
    assert secret not in str(item)


def test_an_item_says_when_it_may_be_cleared_away_and_not_too_soon(table: Table) -> None:
    DynamoTickets(table).issue(ANN, NOW_US)
    [item] = table.query("acme#.tickets")
    assert int(item["expires"]["N"]) * 1_000_000 > NOW_US + TICKET_LIFE_US


def test_of_many_who_bring_one_ticket_at_once_one_gets_in(table: Table) -> None:
    tickets = DynamoTickets(table)
    for _ in range(5):
        ticket = tickets.issue(ANN, NOW_US)
        with ThreadPoolExecutor(8) as threads:
            granted = list(threads.map(lambda t: tickets.redeem(t, NOW_US), [ticket] * 8))
        assert sorted(granted, key=bool) == [None] * 7 + [ANN]


def test_a_used_ticket_leaves_nothing_behind(table: Table) -> None:
    tickets = DynamoTickets(table)
    tickets.redeem(tickets.issue(ANN, NOW_US), NOW_US)
    assert list(table.query("acme#.tickets")) == []


def test_a_ticket_under_the_name_of_another_tenant_opens_nothing(table: Table) -> None:
    tickets = DynamoTickets(table)
    secret = tickets.issue(ANN, NOW_US).partition(".")[2]
    assert tickets.redeem(f"globex.{secret}", NOW_US) is None
    assert tickets.redeem(f"acme.{secret}", NOW_US) == ANN


@pytest.mark.parametrize("wrong", [{"tenant": "A#"}, {"world": ".x"}, {"player": ""}])
def test_a_ticket_for_what_cannot_be_is_not_issued(table: Table, wrong: dict[str, str]) -> None:
    good: dict[str, Any] = {"tenant": "acme", "world": "w1", "player": "ann", "session": "s1"}
    with pytest.raises(BadInput):
        DynamoTickets(table).issue(Grant(**(good | wrong)), NOW_US)


def test_each_ticket_costs_a_write_to_issue_and_one_to_redeem(table: Table) -> None:
    tickets = DynamoTickets(table)
    ticket = tickets.issue(ANN, NOW_US)
    assert table.spent.writes == 1
    tickets.redeem(ticket, NOW_US)
    assert table.spent.writes == 2
    assert table.spent.reads == 0
