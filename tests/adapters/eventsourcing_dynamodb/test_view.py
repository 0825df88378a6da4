"""What threads of one process tell each other of the log, in whatever order they come."""

from typing import Any

import pytest
from eventsourcing.persistence import IntegrityError

from lqe.adapters.dynamodb.eventsourcing.commits import Commit, Event
from lqe.adapters.dynamodb.eventsourcing.view import View
from lqe.adapters.dynamodb.table import Table

from .words import application, event


def commit(first: int, *versions: int) -> Commit:
    return Commit(first, [Event(b"tx", v, "topic", b"") for v in versions], {}, b"t" * 12)


def tracking(position: int, nth: int) -> Commit:
    return Commit(1, [], {"upstream": position}, b"t" * 12, nth=nth)


def test_a_thread_that_read_earlier_and_tells_later_takes_nothing_back() -> None:
    view = View()
    view.open(0, 0, [])
    view.take(tracking(6, nth=1))
    view.take(tracking(5, nth=0))
    assert view.glance([b"nupstream"]).runs[b"nupstream"][-1] == 6
    view.take(commit(1, 1, 2))
    view.take(tracking(7, nth=2))
    assert view.end() == (2, None)
    view.take(commit(1, 1, 2))
    view.open(0, 0, [])
    assert view.end() == (2, None)


def test_what_was_found_before_the_log_moved_on_is_not_remembered() -> None:
    view = View()
    view.open(0, 0, [commit(1, 1)])
    glance = view.glance([b"tx"])
    view.take(commit(2, 2))
    assert not view.remember(glance, glance.runs)
    assert view.known([b"tx"]) is None
    assert view.remember(view.glance([b"tx"]), {b"tx": [1, 1, 1, 2, 2, 2]})
    view.take(commit(3, 3))
    known = view.known([b"tx"])
    assert known is not None
    assert known[b"tx"].highest == 3


def test_what_another_thread_takes_in_while_the_index_is_read_is_known(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = application(table), application(table)
    theirs.insert_events([event(1, 1)])
    find, once = ours.log._index.find, [1]

    def found(*asked: Any) -> Any:
        if once:
            once.pop()
            theirs.insert_events([event(1, 2)])
            ours.log.catch_up()
        return find(*asked)

    monkeypatch.setattr(ours.log._index, "find", found)
    with pytest.raises(IntegrityError):
        ours.insert_events([event(1, 2)])
    assert ours.insert_events([event(1, 3)]) == [3]
