"""Behaviour trees: a tree is a value, and where somebody stands in it is a component."""

from __future__ import annotations

import msgspec
import pytest

from lqe.behaviour import (
    Action,
    Condition,
    Cooldown,
    Inverter,
    Mind,
    Node,
    Selector,
    Sequence,
    Status,
    run,
)

Log = list[str]


def does(name: str, *statuses: Status) -> Action[Log]:
    """Return an action that notes its name; it ends as the statuses say, the last one for ever."""

    def act(log: Log) -> Status:
        before = log.count(name)
        log.append(name)
        return statuses[min(before, len(statuses) - 1)]

    return Action(act)


def when(*names: str) -> Condition[Log]:
    return Condition(lambda log: all(name in log for name in names))


YES, NO, ON = Status.SUCCESS, Status.FAILURE, Status.RUNNING


@pytest.mark.parametrize(
    ("tree", "status", "ran"),
    [
        (Sequence(does("a", YES), does("b", YES)), YES, ["a", "b"]),
        (Sequence(does("a", NO), does("b", YES)), NO, ["a"]),
        (Selector(does("a", YES), does("b", YES)), YES, ["a"]),
        (Selector(does("a", NO), does("b", NO)), NO, ["a", "b"]),
        (Selector(when("x"), does("b", ON), does("c", YES)), ON, ["b"]),
        (Inverter(does("a", YES)), NO, ["a"]),
        (Inverter(does("a", NO)), YES, ["a"]),
        (Inverter(does("a", ON)), ON, ["a"]),
    ],
)
def test_a_node_ends_as_its_children_do(tree: Node[Log], status: Status, ran: Log) -> None:
    log: Log = []
    assert run(tree, log, Mind(), 1) is status
    assert log == ran


def test_a_sequence_goes_on_with_the_child_that_was_running() -> None:
    tree = Sequence(does("a", YES), does("b", ON, ON, YES), does("c", YES))
    log: Log = []
    mind = Mind()
    assert [run(tree, log, mind, t) for t in (1, 2, 3)] == [ON, ON, YES]
    assert log == ["a", "b", "b", "b", "c"]
    assert mind.running == []


def test_a_selector_lets_an_earlier_child_take_over_from_a_running_one() -> None:
    tree = Selector(Sequence(when("alarm"), does("flee", YES)), does("walk", ON))
    log: Log = []
    mind = Mind()
    assert run(tree, log, mind, 1) is ON
    log.append("alarm")
    assert run(tree, log, mind, 2) is YES
    assert log == ["walk", "alarm", "flee"]
    assert mind.running == []


def test_the_way_to_what_is_running_leads_through_every_level() -> None:
    tree = Selector(
        does("a", NO), Inverter(Sequence(does("b", YES), Selector(does("c", NO), does("d", ON))))
    )
    mind = Mind()
    assert run(tree, [], mind, 1) is ON
    assert mind.running == [1, 1, 1]


def test_a_cooldown_keeps_its_child_from_running_again_too_early() -> None:
    tree = Cooldown(10, does("a", YES))
    log: Log = []
    mind = Mind()
    ended = [run(tree, log, mind, tick) for tick in (5, 6, 14, 15)]
    assert ended == [YES, NO, NO, YES]
    assert log == ["a", "a"]


def test_a_cooldown_begins_with_success_only() -> None:
    tree = Cooldown(10, does("a", NO, ON, YES))
    mind = Mind()
    assert [run(tree, [], mind, t) for t in (1, 2)] == [NO, NO]
    log: Log = []
    assert [run(tree, log, mind, t) for t in (3, 4, 5, 6)] == [NO, ON, YES, NO]


def test_two_cooldowns_of_one_tree_do_not_disturb_each_other() -> None:
    tree = Selector(Cooldown(10, does("a", YES)), Cooldown(10, does("b", YES)), does("c", YES))
    log: Log = []
    mind = Mind()
    for tick in (1, 2, 3, 11):
        run(tree, log, mind, tick)
    assert log == ["a", "b", "c", "a"]


def test_one_tree_serves_many_minds() -> None:
    tree = Sequence(does("a", YES), does("b", ON))
    first, second = Mind(), Mind()
    run(tree, [], first, 1)
    assert (first.running, second.running) == ([1], [])


def test_a_mind_that_went_through_bytes_goes_on_where_it_was() -> None:
    tree = Sequence(does("a", YES), Cooldown(5, does("b", ON, YES)), does("c", YES))
    mind, log = Mind(), list[str]()
    run(tree, log, mind, 1)
    thawed = msgspec.msgpack.decode(msgspec.msgpack.encode(mind), type=Mind)
    assert run(tree, log, thawed, 2) is YES
    assert log == ["a", "b", "b", "c"]
    assert thawed.ready == {"1": 7}


def test_a_mind_from_a_longer_tree_starts_again() -> None:
    log: Log = []
    assert run(Sequence(does("a", YES)), log, Mind(running=[7, 1]), 1) is YES
    assert log == ["a"]


@pytest.mark.parametrize("kind", [Sequence, Selector])
def test_a_composite_without_children_is_refused(kind: type[Sequence[Log]]) -> None:
    with pytest.raises(ValueError, match="at least one child"):
        kind()
