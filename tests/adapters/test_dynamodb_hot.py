"""What the hot entities on DynamoDB do besides what all hot entities do."""

from typing import Any

import pytest

from lqe.adapters.dynamodb import hot as module
from lqe.adapters.dynamodb.hot import (
    MAX_BODY_BYTES,
    OMITTED,
    REFRESH_AFTER,
    DynamoHotEntities,
)
from lqe.adapters.dynamodb.table import Table
from lqe.adapters.dynamodb.tables import ENTITIES
from lqe.errors import BadInput
from lqe.ports.hot import HotEntity


def entity(position: int, cash: float, number: int = 3) -> HotEntity:
    return HotEntity(entity=number, position=position, tags=[], components={"Cash": cash})


def put(hot: DynamoHotEntities, world: str, *entities: HotEntity) -> None:
    hot.replace("acme", world, max(e.position for e in entities), entities)


@pytest.fixture
def table(dynamodb: Any) -> Table:
    return Table(dynamodb, ENTITIES)


def test_an_entity_that_did_not_change_is_not_written_again(table: Table) -> None:
    hot = DynamoHotEntities(table)
    put(hot, "w1", entity(7, 1.0))
    before = table.spent.writes
    put(hot, "w1", entity(8, 1.0))
    put(hot, "w1", entity(9, 1.0))
    assert table.spent.writes == before
    assert hot.get("acme", "w1", 3) == entity(7, 1.0)
    put(hot, "w1", entity(10, 2.0))
    assert hot.get("acme", "w1", 3) == entity(10, 2.0)


def test_an_entity_that_never_changes_is_refreshed(table: Table) -> None:
    hot = DynamoHotEntities(table)
    put(hot, "w1", entity(7, 1.0))
    put(hot, "w1", entity(7 + REFRESH_AFTER - 1, 1.0))
    assert hot.get("acme", "w1", 3) == entity(7, 1.0)
    put(hot, "w1", entity(7 + REFRESH_AFTER, 1.0))
    assert hot.get("acme", "w1", 3) == entity(7 + REFRESH_AFTER, 1.0)


def test_the_same_components_at_another_entity_or_in_another_world_are_written(
    table: Table,
) -> None:
    hot = DynamoHotEntities(table)
    put(hot, "w1", entity(7, 1.0), entity(7, 1.0, number=4))
    put(hot, "w2", entity(7, 1.0))
    assert hot.get("acme", "w1", 4) == entity(7, 1.0, number=4)
    assert hot.get("acme", "w2", 3) == entity(7, 1.0)


def test_who_lost_to_a_later_position_writes_again_when_it_is_the_latest(table: Table) -> None:
    mine, other = DynamoHotEntities(table), DynamoHotEntities(table)
    put(mine, "w1", entity(7, 1.0))
    put(other, "w1", entity(20, 2.0))
    put(mine, "w1", entity(10, 3.0))
    assert mine.get("acme", "w1", 3) == entity(20, 2.0)
    put(mine, "w1", entity(21, 3.0))
    assert mine.get("acme", "w1", 3) == entity(21, 3.0)


def test_what_is_remembered_is_bounded(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 2)
    hot = DynamoHotEntities(table)
    for world in ("w1", "w2", "w3", "w1"):
        put(hot, world, entity(1, 1.0))
    assert sorted(hot._worlds) == ["acme#w1", "acme#w3"]


def test_a_process_that_starts_forgets_what_the_one_before_it_wrote(table: Table) -> None:
    put(DynamoHotEntities(table), "w1", entity(1, 1.0, 3), entity(1, 1.0, 4))
    hot = DynamoHotEntities(table)
    put(hot, "w1", entity(2, 1.0, 4))
    assert hot.get("acme", "w1", 3) is None
    assert hot.get("acme", "w1", 4) == entity(2, 1.0, 4)


def test_of_an_entity_that_no_item_can_hold_its_size_is_kept(table: Table) -> None:
    large = HotEntity(
        entity=3, position=1, tags=["big"], components={"Text": {"text": "x" * MAX_BODY_BYTES}}
    )
    hot = DynamoHotEntities(table)
    put(hot, "w1", large)
    found = hot.get("acme", "w1", 3)
    assert found is not None
    assert found.tags == ["big"]
    assert found.components[OMITTED] > MAX_BODY_BYTES


def test_an_entity_of_no_world_is_refused(table: Table) -> None:
    with pytest.raises(BadInput):
        put(DynamoHotEntities(table), "w#1", entity(1, 1.0))
    with pytest.raises(BadInput):
        DynamoHotEntities(table).get("acme", "", 1)
