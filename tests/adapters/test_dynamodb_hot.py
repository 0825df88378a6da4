"""What the hot entities on DynamoDB do besides what all hot entities do."""

from typing import Any

import pytest

from lqe.adapters.dynamodb import hot as module
from lqe.adapters.dynamodb.hot import MAX_BODY_BYTES, REFRESH_AFTER, DynamoHotEntities
from lqe.adapters.dynamodb.table import Table
from lqe.adapters.dynamodb.tables import ENTITIES
from lqe.errors import BadInput, LimitExceeded
from lqe.ports.hot import HotEntity


def entity(position: int, cash: float, number: int = 3) -> HotEntity:
    return HotEntity(entity=number, position=position, tags=[], components={"Cash": cash})


@pytest.fixture
def table(dynamodb: Any) -> Table:
    return Table(dynamodb, ENTITIES)


def test_an_entity_that_did_not_change_is_not_written_again(table: Table) -> None:
    hot = DynamoHotEntities(table)
    hot.put("acme", "w1", [entity(7, 1.0)])
    before = table.spent.writes
    hot.put("acme", "w1", [entity(8, 1.0), entity(8, 1.0), entity(9, 1.0)])
    assert table.spent.writes == before
    assert hot.get("acme", "w1", 3) == entity(7, 1.0)
    hot.put("acme", "w1", [entity(10, 2.0)])
    assert hot.get("acme", "w1", 3) == entity(10, 2.0)


def test_an_entity_that_never_changes_is_refreshed(table: Table) -> None:
    hot = DynamoHotEntities(table)
    hot.put("acme", "w1", [entity(7, 1.0)])
    hot.put("acme", "w1", [entity(7 + REFRESH_AFTER - 1, 1.0)])
    assert hot.get("acme", "w1", 3) == entity(7, 1.0)
    hot.put("acme", "w1", [entity(7 + REFRESH_AFTER, 1.0)])
    assert hot.get("acme", "w1", 3) == entity(7 + REFRESH_AFTER, 1.0)


def test_the_same_components_at_another_entity_or_in_another_world_are_written(
    table: Table,
) -> None:
    hot = DynamoHotEntities(table)
    hot.put("acme", "w1", [entity(7, 1.0), entity(7, 1.0, number=4)])
    hot.put("acme", "w2", [entity(7, 1.0)])
    assert hot.get("acme", "w1", 4) == entity(7, 1.0, number=4)
    assert hot.get("acme", "w2", 3) == entity(7, 1.0)


def test_who_lost_to_a_later_position_writes_again_when_it_is_the_latest(table: Table) -> None:
    mine, other = DynamoHotEntities(table), DynamoHotEntities(table)
    mine.put("acme", "w1", [entity(7, 1.0)])
    other.put("acme", "w1", [entity(20, 2.0)])
    mine.put("acme", "w1", [entity(10, 3.0)])
    assert mine.get("acme", "w1", 3) == entity(20, 2.0)
    mine.put("acme", "w1", [entity(21, 3.0)])
    assert mine.get("acme", "w1", 3) == entity(21, 3.0)


def test_what_is_remembered_is_bounded(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 2)
    hot = DynamoHotEntities(table)
    hot.put("acme", "w1", [entity(1, 1.0, number) for number in (1, 2, 3)])
    hot.put("acme", "w1", [entity(2, 1.0, 2), entity(2, 1.0, 4)])
    assert [number for _, number in hot._written] == [2, 4]


def test_an_entity_that_no_item_can_hold_is_refused_with_numbers(table: Table) -> None:
    large = HotEntity(
        entity=3, position=1, tags=[], components={"Text": {"text": "x" * MAX_BODY_BYTES}}
    )
    with pytest.raises(LimitExceeded, match=f"an item has room for {MAX_BODY_BYTES}"):
        DynamoHotEntities(table).put("acme", "w1", [large])


def test_an_entity_of_no_world_is_refused(table: Table) -> None:
    with pytest.raises(BadInput):
        DynamoHotEntities(table).put("acme", "w#1", [entity(1, 1.0)])
    with pytest.raises(BadInput):
        DynamoHotEntities(table).get("acme", "", 1)
