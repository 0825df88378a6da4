"""How commits are stored, and what becomes of them when answers are lost or writers race."""

import random
import threading
from typing import Any

import pytest
from eventsourcing.persistence import (
    DataError,
    IntegrityError,
    InternalError,
    OperationalError,
    ProgrammingError,
    Tracking,
)

from lqe.adapters.dynamodb.eventsourcing import DynamoDBApplicationRecorder
from lqe.adapters.dynamodb.eventsourcing.commits import Commit, Event, commit_item, commit_of
from lqe.adapters.dynamodb.eventsourcing.log import Log
from lqe.adapters.dynamodb.table import Table, number, text

from .words import application, counted, event, originator, process, versions


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lqe.adapters.dynamodb.eventsourcing.log.sleep", lambda _: None)


def test_a_commit_is_one_put_and_no_read_once_its_originator_is_known(table: Table) -> None:
    calls, counting = counted(table)
    recorder = application(counting)
    recorder.insert_events([event(1, 1)])
    reads = calls.reads
    assert recorder.insert_events([event(1, 2), event(1, 3)]) == [2, 3]
    assert (calls.puts, calls.reads) == (2, reads)


def test_a_lost_answer_is_resolved_by_the_token(table: Table) -> None:
    calls, counting = counted(table)
    recorder = application(counting)
    recorder.insert_events([event(1, 1)])
    calls.lose = ["answer"]
    assert recorder.insert_events([event(1, 2)]) == [2]
    assert recorder.insert_events([event(1, 3)]) == [3]
    assert versions(application(table).select_events(originator(1))) == [1, 2, 3]


def test_a_lost_request_is_made_again(table: Table) -> None:
    calls, counting = counted(table)
    calls.lose = ["request"]
    assert application(counting).insert_events([event(1, 1)]) == [1]


def test_what_stays_unanswered_is_an_operational_error_and_may_have_happened(table: Table) -> None:
    calls, counting = counted(table)
    recorder = application(counting)
    calls.lose = ["answer", "request"]
    with pytest.raises(OperationalError, match="may have happened"):
        recorder.insert_events([event(1, 1)])
    with pytest.raises(IntegrityError):
        recorder.insert_events([event(1, 1)])
    assert recorder.insert_events([event(1, 2)]) == [2]


def test_a_lost_answer_is_found_when_another_writer_has_replaced_the_commit(table: Table) -> None:
    calls, counting = counted(table)
    first, second = process(counting), process(table)
    calls.lose = ["answer"]
    calls.meanwhile = lambda: second.insert_events([event(1, 1)], tracking=Tracking("other", 1))
    first.insert_tracking(Tracking("upstream", 5))
    assert first.insert_events([event(1, 2)]) == [2]
    cold = process(table)
    assert (cold.max_tracking_id("upstream"), cold.max_tracking_id("other")) == (5, 1)


def test_tracking_alone_takes_no_notification_id(table: Table) -> None:
    recorder = process(table)
    for position in range(1, 30):
        recorder.insert_tracking(Tracking("upstream", position))
    assert recorder.max_notification_id() is None
    assert recorder.insert_events([event(1, 1)]) == [1]
    cold = process(table)
    assert cold.max_tracking_id("upstream") == 29
    assert [n.id for n in cold.select_notifications(None, 10)] == [1]


def test_tracking_by_two_processes_is_taken_once(table: Table) -> None:
    first, second = process(table), process(table)
    first.insert_tracking(Tracking("upstream", 1))
    second.insert_tracking(Tracking("upstream", 2))
    with pytest.raises(IntegrityError, match="processed already"):
        first.insert_events([event(1, 1)], tracking=Tracking("upstream", 2))
    assert first.max_notification_id() is None


def test_the_loser_of_a_race_decides_anew(table: Table) -> None:
    first, second = application(table), application(table)
    first.insert_events([event(1, 1)])
    second.insert_events([event(1, 2)])
    with pytest.raises(IntegrityError, match=r"version 2 of .* is stored already"):
        first.insert_events([event(1, 2)])
    assert first.insert_events([event(2, 1)]) == [3]


def test_what_another_thread_takes_in_after_the_check_is_checked_again(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = application(table), application(table)
    ours.insert_events([event(1, 1)])
    check, once = ours.log._check, [1]

    def checked(*asked: Any) -> None:
        check(*asked)
        if once:
            once.pop()
            theirs.insert_events([event(1, 2)])
            ours.log.catch_up()

    monkeypatch.setattr(ours.log, "_check", checked)
    with pytest.raises(IntegrityError):
        ours.insert_events([event(1, 2)])


def test_versions_may_have_gaps_that_are_filled_later(table: Table) -> None:
    recorder = application(table)
    recorder.insert_events([event(1, 5), event(1, 9)])
    recorder.insert_events([event(1, 7)])
    cold = application(table)
    with pytest.raises(IntegrityError):
        cold.insert_events([event(1, 7)])
    cold.insert_events([event(1, 6)])
    assert versions(cold.select_events(originator(1))) == [5, 6, 7, 9]
    assert versions(cold.select_events(originator(1), desc=True, limit=3)) == [9, 7, 6]
    assert versions(cold.select_events(originator(1), gt=5, lte=7)) == [6, 7]
    assert cold.select_events(originator(1), limit=0) == []


def test_a_commit_too_large_for_an_item_says_its_size_and_what_to_do(table: Table) -> None:
    recorder = application(table)
    noise = random.Random(1).randbytes(500_000)
    with pytest.raises(DataError, match=r"take 5\d{5} bytes.*room for 389120.*Save fewer"):
        recorder.insert_events([event(1, 1, noise)])
    assert recorder.insert_events([event(1, 1)]) == [1]


def test_a_commit_that_no_reader_would_inflate_is_refused(table: Table) -> None:
    with pytest.raises(DataError, match="67108864"):
        application(table).insert_events([event(1, 1, bytes(65 * 1024 * 1024))])


def test_reads_go_on_over_several_pages(table: Table) -> None:
    recorder = application(table)
    chance = random.Random(2)
    for version in range(1, 31):
        recorder.insert_events([event(1, version, chance.randbytes(100_000))])
    calls, counting = counted(table)
    cold = application(counting)
    found = cold.select_notifications(None, 100, topics=["topic"])
    assert [n.id for n in found] == list(range(1, 31))
    assert calls.reads > 2
    assert versions(cold.select_events(originator(1))) == list(range(1, 31))


def test_notifications_are_read_from_within_a_commit(table: Table) -> None:
    recorder = application(table)
    recorder.insert_events([event(1, v) for v in range(1, 6)])
    recorder.insert_events([event(1, v) for v in range(6, 9)])
    for reader in (recorder, application(table)):
        assert [n.id for n in reader.select_notifications(3, 4)] == [3, 4, 5, 6]
        assert [n.id for n in reader.select_notifications(3, 9, stop=4)] == [3, 4]
        assert [n.id for n in reader.select_notifications(5, 9, inclusive_of_start=False)] == [
            6,
            7,
            8,
        ]
        assert reader.select_notifications(9, 9) == []


def test_a_limit_counts_what_has_the_topic(table: Table) -> None:
    recorder = application(table)
    for version in range(1, 9):
        recorder.insert_events([event(1, version, topic="odd" if version % 2 else "even")])
    found = recorder.select_notifications(None, 3, topics=["even"])
    assert [n.id for n in found] == [2, 4, 6]


def test_two_applications_in_one_table_see_nothing_of_each_other(table: Table) -> None:
    one, other = application(table, "one"), application(table, "one-more")
    assert one.insert_events([event(1, 1)]) == [1]
    assert other.insert_events([event(1, 1)]) == [1]
    assert len(one.select_notifications(None, 10)) == 1
    assert versions(other.select_events(originator(1))) == [1]


def test_threads_share_one_recorder(table: Table) -> None:
    recorder = application(table)
    ids: list[int] = []

    def write(number: int) -> None:
        for version in range(1, 21):
            ids.extend(recorder.insert_events([event(number, version)]) or [])

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ids) == list(range(1, 161))


def test_a_log_that_lost_an_item_says_so(table: Table) -> None:
    recorder = application(table)
    for version in (1, 2, 3):
        recorder.insert_events([event(1, version)])
    table.delete({"pk": text("app"), "sk": number(2)})
    with pytest.raises(InternalError, match="expected a commit at 2, got one at 3"):
        application(table).max_notification_id()


def test_a_table_that_is_not_there_is_a_programming_error(table: Table) -> None:
    with pytest.raises(ProgrammingError, match="ResourceNotFound"):
        application(Table(table._client, "elsewhere")).max_notification_id()


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("body", {"B": b"nonsense"}), ("last", {"N": "9"}), ("sk", {"N": "0"}), ("track", {"B": b""})],
)
def test_a_spoiled_commit_is_refused(attribute: str, value: object) -> None:
    item = commit_item("app", Commit(1, [Event(b"tx", 1, "t", b"s")], {}, b"t" * 12))
    assert commit_of(item).events == [Event(b"tx", 1, "t", b"s")]
    item[attribute] = value
    with pytest.raises(DataError):
        commit_of(item)


def test_ids_of_another_type_are_refused_with_what_to_set(table: Table) -> None:
    application(table).insert_events([event(1, 1)])
    of_text = DynamoDBApplicationRecorder(Log(table, "app"), originator_id_type="text")
    with pytest.raises(DataError, match="ORIGINATOR_ID_TYPE"):
        of_text.select_notifications(None, 10)
    with pytest.raises(DataError, match="ORIGINATOR_ID_TYPE"):
        application(table).select_events("no uuid")
