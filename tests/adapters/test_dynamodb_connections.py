"""What the connections on DynamoDB do besides what all connections do."""

from typing import Any

import pytest

from lqe.adapters.dynamodb import connections as module
from lqe.adapters.dynamodb.connections import LIFE_S, DynamoConnections
from lqe.adapters.dynamodb.table import Table
from lqe.adapters.dynamodb.tables import CONNECTIONS
from lqe.errors import BadInput
from lqe.ports.push import HEARD_EVERY_US, Connection

START_US = 1_700_000_000_000_000
ANN = Connection("a=", "acme", "w1", "ann", "s1")


@pytest.fixture
def table(dynamodb: Any) -> Table:
    return Table(dynamodb, CONNECTIONS)


def test_an_item_says_when_it_may_be_cleared_away(table: Table) -> None:
    DynamoConnections(table).add(ANN, START_US)
    [item] = table.query("acme#w1")
    assert item["expires"] == {"N": str(START_US // 1_000_000 + LIFE_S)}


def test_an_expired_item_that_is_still_there_keeps_no_world_awake(table: Table) -> None:
    connections = DynamoConnections(table)
    connections.add(ANN, START_US)
    end_us = START_US + LIFE_S * 1_000_000
    connections.heard(ANN, end_us + 1)
    assert connections.awake("acme", "w1", end_us - 1)
    assert not connections.awake("acme", "w1", end_us)


def test_a_client_that_is_heard_often_is_written_seldom(table: Table) -> None:
    connections = DynamoConnections(table)
    connections.add(ANN, START_US)
    before = table.spent.writes
    for step in range(1, 10):
        connections.heard(ANN, START_US + step * HEARD_EVERY_US // 10)
    assert table.spent.writes == before
    connections.heard(ANN, START_US + HEARD_EVERY_US)
    assert table.spent.writes > before


def test_a_process_that_did_not_see_the_connection_open_writes_at_once(table: Table) -> None:
    DynamoConnections(table).add(ANN, START_US)
    DynamoConnections(table).heard(ANN, START_US + 5)
    assert DynamoConnections(table).awake("acme", "w1", START_US + 5)


def test_what_is_remembered_is_bounded(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 2)
    connections = DynamoConnections(table)
    for name in "abc":
        connections.add(Connection(name, "acme", "w1", "p", "s"), START_US)
    assert list(connections._heard) == ["b", "c"]


def test_a_connection_of_no_world_is_refused(table: Table) -> None:
    with pytest.raises(BadInput):
        DynamoConnections(table).add(Connection("a", "acme", "w#1", "p", "s"), START_US)
    with pytest.raises(BadInput):
        DynamoConnections(table).of("acme#w1", "w1")
