"""Whatever is asked, in whatever order, the answer is that of the library's SQLite recorder."""

import random
from typing import Any

import pytest
from eventsourcing.persistence import IntegrityError, Tracking
from eventsourcing.sqlite import SQLiteDatastore, SQLiteProcessRecorder

from lqe.adapters.dynamodb.eventsourcing import DynamoDBProcessRecorder, places
from lqe.adapters.dynamodb.table import Table

from .words import event, originator, process

STEPS = 250


@pytest.fixture(autouse=True)
def _small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "SEGMENT", 8)
    monkeypatch.setattr(places, "FAN", 2)


def maybe(chance: random.Random, most: int) -> int | None:
    return chance.randrange(most) if chance.random() < 0.6 else None


def insertion(chance: random.Random) -> tuple[list[Any], Tracking | None]:
    events = []
    for _ in range(chance.randrange(4)):
        number, first = chance.randrange(6), chance.randrange(60)
        topic = chance.choice("ab")
        events += [event(number, first + i, topic=topic) for i in range(chance.randint(1, 4))]
    upstream = chance.choice(["one", "two"])
    tracking = Tracking(upstream, chance.randint(1, 400)) if chance.random() < 0.3 else None
    return events, tracking


def inserted(recorder: Any, events: list[Any], tracking: Tracking | None) -> object:
    try:
        return list(recorder.insert_events(events, tracking=tracking) or [])
    except IntegrityError:
        return IntegrityError


def answers(recorder: Any, seed: int) -> list[object]:
    chance = random.Random(seed)
    asked: dict[str, Any] = {"gt": maybe(chance, 60), "lte": maybe(chance, 60)}
    asked |= {"desc": chance.random() < 0.5, "limit": chance.randint(1, 9)}
    stop, topics = maybe(chance, 150), chance.choice([(), ("a",), ("a", "b")])
    first, inclusive = maybe(chance, 150), chance.random() < 0.5
    return [
        list(recorder.select_events(originator(chance.randrange(7)), **asked)),
        list(
            recorder.select_notifications(
                first, chance.randint(1, 20), stop, topics, inclusive_of_start=inclusive
            )
        ),
        recorder.max_notification_id(),
        recorder.max_tracking_id("one"),
        recorder.has_tracking_id("two", 200),
    ]


@pytest.mark.parametrize("seed", range(6))
def test_every_answer_is_the_same(seed: int, table: Table) -> None:
    chance = random.Random(seed)
    model = SQLiteProcessRecorder(SQLiteDatastore(":memory:"))
    model.create_table()
    processes: list[DynamoDBProcessRecorder] = [process(table) for _ in range(3)]
    for step in range(STEPS):
        if chance.random() < 0.05:
            processes[chance.randrange(3)] = process(table)
        recorder = chance.choice(processes)
        if chance.random() < 0.6:
            events, tracking = insertion(chance)
            assert inserted(recorder, events, tracking) == inserted(model, events, tracking), step
        else:
            number = chance.randrange(10**6)
            assert answers(recorder, number) == answers(model, number), step
    model.datastore.close()
