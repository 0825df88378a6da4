"""What every adapter of hot entities does."""

from typing import Any

from lqe.ports.hot import HotEntities, HotEntity


def entity(number: int, position: int, **components: Any) -> HotEntity:
    return HotEntity(entity=number, position=position, tags=["dealer"], components=components)


def test_an_entity_is_read_back_the_same(hot: HotEntities) -> None:
    assert hot.get("acme", "w1", 3) is None
    plain = entity(3, 7, Cash={"amount": 2.5, "of": [1, None, True]}, Name={"text": "é"}, Empty={})
    bare = HotEntity(entity=0, position=0, tags=[], components={})
    hot.put("acme", "w1", [plain, bare])
    assert hot.get("acme", "w1", 3) == plain
    assert hot.get("acme", "w1", 0) == bare


def test_the_latest_position_stays_whatever_order_they_come_in(hot: HotEntities) -> None:
    hot.put("acme", "w1", [entity(3, 7, Cash=1)])
    hot.put("acme", "w1", [entity(3, 5, Cash=2)])
    assert hot.get("acme", "w1", 3) == entity(3, 7, Cash=1)
    hot.put("acme", "w1", [entity(3, 7, Cash=3), entity(4, 1, Cash=4)])
    assert hot.get("acme", "w1", 3) == entity(3, 7, Cash=3)
    hot.put("acme", "w1", [entity(3, 8, Cash=1)])
    assert hot.get("acme", "w1", 3) == entity(3, 8, Cash=1)


def test_one_world_sees_nothing_of_another(hot: HotEntities) -> None:
    hot.put("acme", "w1", [entity(3, 7)])
    assert hot.get("acme", "w2", 3) is None
    assert hot.get("acme-2", "w1", 3) is None
