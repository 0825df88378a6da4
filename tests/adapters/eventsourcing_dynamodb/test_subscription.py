"""Subscriptions follow what others write, without reading anything twice."""

from threading import Thread

import pytest
from eventsourcing.persistence import OperationalError

from lqe.adapters.dynamodb.eventsourcing import subscription as module
from lqe.adapters.dynamodb.table import Table
from lqe.errors import Unavailable

from .words import application, counted, event, process


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LONGEST_PAUSE_S", 0.05)


def test_what_another_process_writes_arrives_in_order(table: Table) -> None:
    writer, follower = application(table), application(table)

    def write() -> None:
        for version in range(1, 21):
            writer.insert_events([event(1, version)])

    with follower.subscribe() as subscription:
        thread = Thread(target=write)
        thread.start()
        ids = [next(subscription).id for _ in range(20)]
        thread.join()
    assert ids == list(range(1, 21))


def test_it_starts_within_a_commit(table: Table) -> None:
    recorder = application(table)
    recorder.insert_events([event(1, v) for v in range(1, 6)])
    with application(table).subscribe(gt=3) as subscription:
        assert [next(subscription).id, next(subscription).id] == [4, 5]
        recorder.insert_events([event(1, 6)])
        assert next(subscription).id == 6


def test_it_may_start_behind_the_end(table: Table) -> None:
    recorder = application(table)
    with application(table).subscribe(gt=2) as subscription:
        for version in (1, 2, 3):
            recorder.insert_events([event(1, version)])
        assert next(subscription).id == 3


def test_what_was_passed_over_for_its_topic_is_not_read_again(table: Table) -> None:
    recorder = application(table)
    for version in range(1, 31):
        recorder.insert_events([event(1, version, topic="other")])
    calls, counting = counted(table)
    with application(counting).subscribe(topics=["wanted"]) as subscription:
        for version in range(31, 34):
            recorder.insert_events([event(1, version, topic="wanted")])
            assert next(subscription).id == version
    assert calls.items < 40


def test_tracking_alone_is_no_notification(table: Table) -> None:
    from eventsourcing.persistence import Tracking

    recorder = process(table)
    recorder.insert_tracking(Tracking("upstream", 1))
    with recorder.subscribe() as subscription:
        recorder.insert_tracking(Tracking("upstream", 2))
        recorder.insert_events([event(1, 1)])
        assert next(subscription).id == 1


def test_an_error_of_the_service_is_raised_where_it_is_iterated(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: object, **__: object) -> None:
        raise Unavailable("throttled; try again later")

    monkeypatch.setattr(Table, "query", unavailable)
    with (
        application(table).subscribe() as subscription,
        pytest.raises(OperationalError, match="throttled"),
    ):
        next(subscription)
