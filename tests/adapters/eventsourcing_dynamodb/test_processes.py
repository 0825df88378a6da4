"""Many processes write to one log at once, and it stays one log."""

import json
import subprocess
import sys
import uuid

import pytest
from eventsourcing.persistence import Tracking

from lqe.adapters.dynamodb.eventsourcing.creation import create_table
from lqe.adapters.dynamodb.table import Table
from tests.dynamodb_local import DynamoDBLocal

from .words import application, process

WRITERS = 8
WRITES = 25
# Each writes to an originator of its own, and all of them to one that they share.
WRITER = """
import json, sys
from uuid import UUID
import boto3
from eventsourcing.persistence import IntegrityError, StoredEvent, Tracking
from lqe.adapters.dynamodb.eventsourcing import DynamoDBProcessRecorder
from lqe.adapters.dynamodb.eventsourcing.log import Log
from lqe.adapters.dynamodb.table import Table

options, number, writes = json.loads(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
recorder = DynamoDBProcessRecorder(Log(Table(boto3.client("dynamodb", **options), "events"), "app"))
shared, mine, won = UUID(int=1), UUID(int=1000 + number), []
for version in range(1, writes + 1):
    events = [StoredEvent(mine, version, "mine", b"")]
    won.append([recorder.insert_events(events)[0], str(mine), version])
    tried = StoredEvent(shared, version, f"by {number}", b"")
    try:
        ids = recorder.insert_events([tried], tracking=Tracking("upstream", version))
    except IntegrityError:
        continue
    won.append([ids[0], str(shared), version])
print(json.dumps(won))
"""


@pytest.fixture(scope="module")
def outcome(dynamodb_local: DynamoDBLocal) -> tuple[Table, list[list[list[object]]]]:
    options = dynamodb_local.options(uuid.uuid4().hex)
    table = Table(dynamodb_local.client(options["aws_access_key_id"]), "events")
    create_table(table._client, "events")
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, json.dumps(options), str(number), str(WRITES)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(WRITERS)
    ]
    return table, [json.loads(writer.communicate()[0]) for writer in running]


def test_every_id_that_was_returned_is_the_event_that_was_inserted(
    outcome: tuple[Table, list[list[list[object]]]],
) -> None:
    table, won = outcome
    found = application(table).select_notifications(None, 10_000)
    stored = {n.id: [n.id, str(n.originator_id), n.originator_version] for n in found}
    returned = [entry for writer in won for entry in writer]
    assert sorted(returned, key=str) == sorted(stored.values(), key=str)


def test_ids_have_no_gap_and_no_version_is_there_twice(
    outcome: tuple[Table, list[list[list[object]]]],
) -> None:
    table, _ = outcome
    found = application(table).select_notifications(None, 10_000)
    assert [n.id for n in found] == list(range(1, len(found) + 1))
    assert len(found) == WRITERS * WRITES + WRITES
    assert len({(n.originator_id, n.originator_version) for n in found}) == len(found)


def test_each_position_was_processed_once(
    outcome: tuple[Table, list[list[list[object]]]],
) -> None:
    table, _ = outcome
    recorder = process(table)
    assert recorder.max_tracking_id("upstream") == WRITES
    assert recorder.has_tracking_id("upstream", WRITES)
    recorder.insert_tracking(Tracking("upstream", WRITES + 1))
