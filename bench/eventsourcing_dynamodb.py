"""What the `eventsourcing` module for DynamoDB costs: units, and the time and memory of opening.

    python -m bench.eventsourcing_dynamodb [EVENTS]

Writes EVENTS (100,000) events of a tenth as many aggregates, in commits of 1 to 10 events of one
aggregate each, to DynamoDB Local, then opens the log as a new process would.
"""

import json
import random
import sys
import time
import tracemalloc
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from eventsourcing.persistence import StoredEvent

from lqe.adapters.dynamodb.eventsourcing import DynamoDBApplicationRecorder
from lqe.adapters.dynamodb.eventsourcing.creation import create_table
from lqe.adapters.dynamodb.eventsourcing.entries import Entries, add, entries_of
from lqe.adapters.dynamodb.eventsourcing.log import Log
from lqe.adapters.dynamodb.table import Item, Table, binary, number, text
from tests.dynamodb_local import DynamoDBLocal

EVENTS = 100_000
VERSIONS = 10
SAMPLE = 2_000
READS = 200


class Split(Table):
    """A table that counts the units of the index beside those of all."""

    def __init__(self, client: Any, name: str) -> None:
        super().__init__(client, name)
        self.index_writes = 0.0

    def put(self, item: Item, **more: Any) -> Item | None:
        before = self.spent.writes
        there = super().put(item, **more)
        if "#.index." in item["pk"]["S"]:
            self.index_writes += self.spent.writes - before
        return there


def commits(events: int, chance: random.Random) -> Iterator[list[StoredEvent]]:
    """Yield commits until each aggregate has its versions, in an order of chance."""
    left = dict.fromkeys((uuid.UUID(int=n + 1) for n in range(events // VERSIONS)), 1)
    open_ones = list(left)
    ids = {made: uuid.UUID(bytes=chance.randbytes(16)) for made in open_ones}
    while open_ones:
        at = chance.randrange(len(open_ones))
        aggregate = open_ones[at]
        first = left[aggregate]
        size = min(chance.randint(1, 10), VERSIONS + 1 - first)
        left[aggregate] += size
        yield [
            StoredEvent(ids[aggregate], version, "shop.domain:Order.ItemAdded", state(chance))
            for version in range(first, first + size)
        ]
        if left[aggregate] > VERSIONS:
            open_ones[at] = open_ones[-1]
            open_ones.pop()


def state(chance: random.Random) -> bytes:
    fields = {
        "timestamp": f"2026-01-01T00:00:{chance.random() * 60:09.6f}+00:00",
        "item": chance.randbytes(8).hex(),
        "price": chance.randrange(10_000),
        "quantity": chance.randrange(10),
    }
    return json.dumps(fields).encode()


def timed(what: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of one run, and the peak of Python's memory in MB of another."""
    started = time.perf_counter()
    what()
    seconds = time.perf_counter() - started
    tracemalloc.start()
    what()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return seconds, peak / 1e6


def an_item_each(table: Table, sample: list[StoredEvent]) -> float:
    """Return the write units of an event when each is an item under its originator's key."""
    before = table.spent.writes
    for event in sample:
        table.put(
            {
                "pk": text(f"single-{event.originator_id}"),
                "sk": number(event.originator_version),
                "topic": text(event.topic),
                "state": binary(event.state),
            },
            condition="attribute_not_exists(pk)",
        )
    return (table.spent.writes - before) / len(sample)


def whole_log(table: Table) -> Entries:
    """Return what a process without a stored index has to know: all of it, from all of the log."""
    known: Entries = {}
    for commit in Log(table, "bench").starting(1):
        add(known, entries_of(commit))
    return known


def report(name: str, value: str) -> None:
    print(f"{name:<58} {value}")


def opening(table: Table, someone: list[uuid.UUID | str]) -> None:
    """Print what it takes a process that knows nothing yet."""
    reads = table.spent.reads

    def opened() -> DynamoDBApplicationRecorder:
        recorder = DynamoDBApplicationRecorder(Log(table, "bench"))
        recorder.max_notification_id()
        return recorder

    def read_one() -> None:
        opened().select_events(someone[0])

    opened()
    report("cold open, read units", f"{table.spent.reads - reads:.1f}")
    for name, what in (("cold open", opened), ("cold open and one aggregate", read_one)):
        seconds, peak = timed(what)
        report(f"{name}, time and peak memory", f"{seconds * 1000:.1f} ms, {peak:.2f} MB")
    times = []
    for aggregate in someone:
        recorder = opened()
        started = time.perf_counter()
        recorder.select_events(aggregate)
        times.append(time.perf_counter() - started)
    times.sort()
    middle, most = times[len(times) // 2] * 1000, times[-1] * 1000
    report("one aggregate after a cold open, median and longest", f"{middle:.1f} ms, {most:.1f} ms")
    recorder = opened()
    reads = table.spent.reads
    recorder.select_events(someone[0])
    report("one aggregate after a cold open, read units", f"{table.spent.reads - reads:.1f}")
    recorder = opened()
    reads = table.spent.reads
    recorder.insert_events([StoredEvent(uuid.UUID(int=0), 1, "topic", b"{}")])
    report("first save of a new process, read units", f"{table.spent.reads - reads:.1f}")
    reads = table.spent.reads
    seconds, peak = timed(lambda: whole_log(table))
    report("whole log instead, time and peak memory", f"{seconds * 1000:.0f} ms, {peak:.2f} MB")
    report("whole log instead, read units", f"{(table.spent.reads - reads) / 2:.0f}")


def run(events: int = EVENTS) -> None:
    """Print the figures."""
    server = DynamoDBLocal()
    try:
        client = server.client("bench")
        create_table(client, "events")
        table = Split(client, "events")
        recorder = DynamoDBApplicationRecorder(Log(table, "bench"))
        chance = random.Random(1)
        count = 0
        sample: list[StoredEvent] = []
        aggregates: list[uuid.UUID | str] = []
        started = time.perf_counter()
        for commit in commits(events, chance):
            recorder.insert_events(commit)
            count += 1
            if len(sample) < SAMPLE:
                sample += commit
            if commit[0].originator_version == 1:
                aggregates.append(commit[0].originator_id)
        seconds = time.perf_counter() - started
        report("events, commits, aggregates", f"{events}, {count}, {len(aggregates)}")
        report("commits a second, one writer", f"{count / seconds:.0f}")
        spent = table.spent.writes
        report("write units an event, with the index", f"{spent / events:.4f}")
        report("write units an event, of the index", f"{table.index_writes / events:.4f}")
        report("read units an event, of the writer", f"{table.spent.reads / events:.4f}")
        report("write units an event, an item each", f"{an_item_each(table, sample):.4f}")
        opening(table, chance.sample(aggregates, READS))
    finally:
        with suppress(ProcessLookupError):
            server.stop()


if __name__ == "__main__":
    run(*map(int, sys.argv[1:]))
