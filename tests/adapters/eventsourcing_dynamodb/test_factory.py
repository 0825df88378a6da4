"""What the environment says, and what is said when it says too little."""

from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError
from eventsourcing.persistence import InterfaceError, StoredEvent, Tracking
from eventsourcing.utils import Environment, get_topic

from lqe.adapters.dynamodb.eventsourcing import (
    DynamoDBApplicationRecorder,
    DynamoDBProcessRecorder,
    DynamoDBTrackingRecorder,
    Factory,
)
from lqe.adapters.dynamodb.table import Table, number, text
from lqe.errors import Unavailable

from .words import event, originator


class MyApplicationRecorder(DynamoDBApplicationRecorder):
    pass


class MyProcessRecorder(DynamoDBProcessRecorder):
    pass


def test_recorders_of_ones_own_are_named_by_topic(environment: dict[str, str]) -> None:
    environment["APPLICATION_RECORDER_TOPIC"] = get_topic(MyApplicationRecorder)
    environment["PROCESS_RECORDER_TOPIC"] = get_topic(MyProcessRecorder)
    factory = Factory(Environment("app", environment))
    assert type(factory.application_recorder()) is MyApplicationRecorder
    assert type(factory.process_recorder()) is MyProcessRecorder
    environment["APPLICATION_RECORDER_TOPIC"] = get_topic(DynamoDBTrackingRecorder)
    with pytest.raises(OSError, match="subclass of DynamoDBApplicationRecorder"):
        Factory(Environment("app", environment)).application_recorder()


def test_ids_are_text_if_the_environment_says_so(environment: dict[str, str]) -> None:
    environment["ORIGINATOR_ID_TYPE"] = "text"
    recorder = Factory(Environment("app", environment)).application_recorder()
    recorder.insert_events([StoredEvent("order-1", 1, "topic", b"state")])
    assert recorder.select_events("order-1")[0].originator_id == "order-1"
    environment["ORIGINATOR_ID_TYPE"] = "number"
    with pytest.raises(OSError, match="'uuid' or 'text', got 'number'"):
        Factory(Environment("app", environment))


def test_snapshots_lie_beside_the_events(environment: dict[str, str]) -> None:
    factory = Factory(Environment("app", environment))
    events, snapshots = factory.application_recorder(), factory.aggregate_recorder("snapshots")
    events.insert_events([event(1, 1)])
    snapshots.insert_events([event(1, 1)])
    assert events.max_notification_id() == 1
    assert len(snapshots.select_events(originator(1))) == 1


def test_a_log_may_have_another_name_than_its_application(environment: dict[str, str]) -> None:
    one = Factory(Environment("one", environment)).application_recorder()
    one.insert_events([event(1, 1)])
    other = Factory(Environment("other", {**environment, "DYNAMODB_LOG": "one"}))
    assert other.application_recorder().max_notification_id() == 1


@pytest.mark.parametrize("missing", ["DYNAMODB_TABLE", "DYNAMODB_LOG"])
def test_what_is_missing_is_named(environment: dict[str, str], missing: str) -> None:
    environment.pop(missing, None)
    name = "" if missing == "DYNAMODB_LOG" else "app"
    with pytest.raises(OSError, match=missing):
        Factory(Environment(name, environment))


def test_no_table_is_made_where_that_is_switched_off(environment: dict[str, str]) -> None:
    factory = Factory(Environment("app", {**environment, "CREATE_TABLE": "no"}))
    factory.application_recorder()
    assert environment["DYNAMODB_TABLE"] not in factory._client.list_tables()["TableNames"]


def test_without_credentials_no_request_is_made(table: Table) -> None:
    class Nobody:
        def get_item(self, **_: Any) -> Any:
            raise NoCredentialsError

    with pytest.raises(InterfaceError, match="credentials"):
        DynamoDBTrackingRecorder(Table(Nobody(), "events"), "app").max_tracking_id("upstream")


def test_a_repeated_request_to_track_is_no_second_one(table: Table) -> None:
    class Repeating:
        """A client whose request is made twice, as when its first answer was lost."""

        def __getattr__(self, name: str) -> Any:
            return getattr(table._client, name)

        def update_item(self, **asked: Any) -> Any:
            table._client.update_item(**asked)
            return table._client.update_item(**asked)

    recorder = DynamoDBTrackingRecorder(Table(Repeating(), table.name), "app")
    recorder.insert_tracking(Tracking("upstream", 7))
    assert recorder.max_tracking_id("upstream") == 7


def test_keys_that_the_service_leaves_over_are_asked_for_again(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lqe.adapters.dynamodb.table.sleep", lambda _: None)
    keys = [{"pk": text("p"), "sk": number(n)} for n in range(3)]
    for key in keys:
        table.put(key)

    class OneAtATime:
        busy = 0

        def batch_get_item(self, **asked: Any) -> Any:
            wanted = asked["RequestItems"][table.name]
            now = [] if self.busy else wanted["Keys"][:1]
            answer: dict[str, Any] = {"Responses": {}}
            if now:
                asked["RequestItems"] = {table.name: {**wanted, "Keys": now}}
                answer = table._client.batch_get_item(**asked)
            left = wanted["Keys"][len(now) :]
            answer["UnprocessedKeys"] = {table.name: {"Keys": left}} if left else {}
            return answer

    client = OneAtATime()
    assert len(Table(client, table.name).get_many(keys)) == 3
    client.busy = 1
    with pytest.raises(Unavailable, match="3 keys left"):
        Table(client, table.name).get_many(keys)
