"""What every adapter of hot entities does."""

from typing import Any

from lqe.ports.hot import HotEntities, HotEntity


def entity(number: int, position: int, **components: Any) -> HotEntity:
    return HotEntity(entity=number, position=position, tags=["dealer"], components=components)


def put(hot: HotEntities, world: str, *entities: HotEntity) -> None:
    position = max(e.position for e in entities)
    hot.replace("acme", world, position, entities)


def test_an_entity_is_read_back_the_same(hot: HotEntities) -> None:
    assert hot.get("acme", "w1", 3) is None
    plain = entity(3, 7, Cash={"amount": 2.5, "of": [1, None, True]}, Name={"text": "é"}, Empty={})
    bare = HotEntity(entity=0, position=0, tags=[], components={})
    put(hot, "w1", plain, bare)
    assert hot.get("acme", "w1", 3) == plain
    assert hot.get("acme", "w1", 0) == bare


def test_the_latest_position_stays_whatever_order_they_come_in(hot: HotEntities) -> None:
    put(hot, "w1", entity(3, 7, Cash=1))
    put(hot, "w1", entity(3, 5, Cash=2))
    assert hot.get("acme", "w1", 3) == entity(3, 7, Cash=1)
    put(hot, "w1", entity(3, 7, Cash=3), entity(4, 1, Cash=4))
    assert hot.get("acme", "w1", 3) == entity(3, 7, Cash=3)
    put(hot, "w1", entity(3, 8, Cash=1))
    assert hot.get("acme", "w1", 3) == entity(3, 8, Cash=1)


def test_one_world_sees_nothing_of_another(hot: HotEntities) -> None:
    put(hot, "w1", entity(3, 7))
    assert hot.get("acme", "w2", 3) is None
    assert hot.get("acme-2", "w1", 3) is None


def test_an_entity_that_is_no_more_is_forgotten_unless_the_table_is_ahead(hot: HotEntities) -> None:
    put(hot, "w1", entity(3, 7), entity(4, 7))
    put(hot, "w2", entity(3, 7))
    hot.replace("acme", "w1", 8, [entity(4, 8, Cash=1)])
    assert hot.get("acme", "w1", 3) is None
    assert hot.get("acme", "w1", 4) == entity(4, 8, Cash=1)
    assert hot.get("acme", "w2", 3) == entity(3, 7)
    hot.replace("acme", "w1", 6, [])
    assert hot.get("acme", "w1", 4) == entity(4, 8, Cash=1)
    hot.replace("acme", "w1", 9, [])
    assert hot.get("acme", "w1", 4) is None
