"""The simulated services answer as the real ones do, as far as that decides anything."""

import uuid
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lqe.adapters.dynamodb.tables import EVENTS, SNAPSHOTS, create_tables
from tests.dynamodb_local import DynamoDBLocal
from tests.simulation.aws.dynamodb import CONDITIONS, RANGES, DynamoDB
from tests.simulation.aws.events import Events
from tests.simulation.aws.s3 import S3
from tests.simulation.aws.sockets import Sockets
from tests.simulation.aws.sqs import ONCE_US, VISIBLE_AGAIN_US, Sqs

SORTS = {EVENTS: "N", SNAPSHOTS: "S"}
Call = tuple[str, dict[str, Any]]


def sort_key(table: str, number: int) -> dict[str, str]:
    return {"N": str(number)} if SORTS[table] == "N" else {"S": f"name/{number:02d}"}


def some_calls(chance: Random, count: int) -> Iterator[Call]:
    """Make up calls of every kind that the adapters make, about few items."""
    for _ in range(count):
        table = chance.choice(sorted(SORTS))
        key = {"pk": {"S": chance.choice("ab")}, "sk": sort_key(table, chance.randint(0, 9))}
        about: dict[str, Any] = {"TableName": table, "ReturnConsumedCapacity": "TOTAL"}
        kind = chance.choice(("put", "put", "update", "delete", "get", "query", "query"))
        if kind == "query":
            yield "query", {**about, **some_query(chance, table)}
        elif kind == "get":
            yield "get_item", {**about, "Key": key, "ConsistentRead": True}
        elif kind == "delete":
            yield "delete_item", {**about, "Key": key, **some_condition(chance)}
        elif kind == "update":
            yield "update_item", {**about, "Key": key, **some_change(chance)}
        else:
            item = {
                **key,
                "as_of": {"N": str(chance.randint(0, 5))},
                "full_ns": {"N": str(chance.randint(0, 5))},
                "body": {"B": chance.choice((b"", b"x"))},
            }
            old = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
            yield "put_item", {**about, "Item": item, **some_condition(chance), **old}


def some_change(chance: Random) -> dict[str, Any]:
    """Make up an update: that a client was heard, or a take from a bucket."""
    kind = chance.choice(("heard", "idle", "busy"))
    now = chance.randint(0, 5)
    values = {"heard": now} if kind == "heard" else {"now": now, "expires": 9}
    if kind == "heard":
        change, condition = "SET heard = :heard", "attribute_exists(pk)"
    elif kind == "idle":
        change = "SET full_ns = :full, expires = :expires"
        condition = "attribute_not_exists(pk) OR full_ns <= :now"
        values["full"] = now + 3
    else:
        change = "SET full_ns = full_ns + :cost, expires = :expires"
        condition = "full_ns BETWEEN :now AND :latest"
        values |= {"cost": chance.randint(1, 3), "latest": chance.randint(now, 9)}
    return {
        "UpdateExpression": change,
        "ConditionExpression": condition,
        "ExpressionAttributeValues": {f":{n}": {"N": str(v)} for n, v in values.items()},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def some_condition(chance: Random) -> dict[str, Any]:
    condition = chance.choice(sorted(c for c in CONDITIONS if "full_ns" not in c))
    if not condition:
        return {}
    asked: dict[str, Any] = {"ConditionExpression": condition}
    if ":old" in condition:
        asked["ExpressionAttributeValues"] = {":old": {"B": b"x"}}
    elif ":as_of" in condition:
        asked["ExpressionAttributeValues"] = {":as_of": {"N": str(chance.randint(0, 5))}}
    return asked


def some_query(chance: Random, table: str) -> dict[str, Any]:
    condition = chance.choice(
        [r for r in sorted(RANGES) if table == SNAPSHOTS or "begins" not in r]
    )
    values: dict[str, Any] = {":pk": {"S": chance.choice("abc")}}
    if ":start" in condition:
        values[":start"] = sort_key(table, chance.randint(0, 4))
    if ":end" in condition:
        values[":end"] = sort_key(table, chance.randint(4, 9))
    if ":prefix" in condition:
        values[":prefix"] = {"S": chance.choice(("name/0", "name/03", "other"))}
    asked = {
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values,
        "ConsistentRead": True,
        "ScanIndexForward": chance.random() < 0.5,
    }
    if chance.random() < 0.5:
        asked["Limit"] = chance.randint(1, 4)
    if chance.random() < 0.3:
        start = sort_key(table, chance.randint(3, 6))
        if condition == "pk = :pk":
            asked["ExclusiveStartKey"] = {"pk": values[":pk"], "sk": start}
    if chance.random() < 0.3:
        asked["ProjectionExpression"] = "sk"
    return asked


def answered(client: Any, call: Call) -> Any:
    """Return what decides in an answer: the items, or why it was refused; and where to go on."""
    operation, asked = call
    try:
        answer = getattr(client, operation)(**asked)
    except ClientError as error:
        return (error.response["Error"]["Code"], error.response.get("Item")), None
    return (answer.get("Item"), answer.get("Items")), answer.get("LastEvaluatedKey")


def test_the_tables_answer_as_those_of_dynamodb_local(dynamodb_local: DynamoDBLocal) -> None:
    real = dynamodb_local.client(uuid.uuid4().hex)
    create_tables(real, SORTS)
    fake = DynamoDB(SORTS)
    for call in some_calls(Random(1), 2_000):
        ours, our_last = answered(fake, call)
        theirs, their_last = answered(real, call)
        assert ours == theirs, call
        # The service does not promise to know that a full page is the last one; this one knows.
        assert their_last in (None, our_last), call


def test_only_what_changes_something_comes_into_the_stream() -> None:
    came: list[Any] = []
    tables = DynamoDB(SORTS, lambda _, item: came.append(item["body"]))
    for body in (b"1", b"1", b"2"):
        item = {"pk": {"S": "a"}, "sk": {"N": "1"}, "body": {"B": body}}
        tables.put_item(TableName=EVENTS, Item=item)
    assert came == [{"B": b"1"}, {"B": b"2"}]


def test_a_read_that_is_not_consistent_may_be_behind_and_one_that_is_may_not() -> None:
    tables = DynamoDB(SORTS, lag=lambda: 1)
    key = {"pk": {"S": "a"}, "sk": {"N": "1"}}
    for body in (b"1", b"2"):
        tables.put_item(TableName=EVENTS, Item={**key, "body": {"B": body}})
    asked: dict[str, Any] = {"TableName": EVENTS, "Key": key}
    assert tables.get_item(**asked)["Item"]["body"] == {"B": b"1"}
    assert tables.get_item(**asked, ConsistentRead=True)["Item"]["body"] == {"B": b"2"}


@pytest.mark.parametrize(
    "call",
    [
        ("put_item", {"ConditionExpression": "attribute_not_exists(sk)"}),
        ("put_item", {"Expected": {}}),
        ("update_item", {"UpdateExpression": "SET a = :a"}),
        ("query", {"KeyConditionExpression": "sk = :sk", "ExpressionAttributeValues": {}}),
    ],
)
def test_a_call_that_no_adapter_makes_is_not_answered(call: Call) -> None:
    operation, asked = call
    key = {"pk": {"S": "a"}, "sk": {"N": "1"}}
    subject = {"put_item": {"Item": key}, "update_item": {"Key": key}}.get(operation, {})
    with pytest.raises((AssertionError, KeyError)):
        getattr(DynamoDB(SORTS), operation)(TableName=EVENTS, **subject, **asked)


class Queue:
    """A queue under a clock that stands where it is put."""

    def __init__(self) -> None:
        self.us = 1_000_000_000
        self.sqs = Sqs("url", lambda: self.us)

    def send(self, *ids: str, group: str = "g") -> None:
        entries = [
            {"Id": i, "MessageBody": i, "MessageGroupId": group, "MessageDeduplicationId": i}
            for i in ids
        ]
        self.sqs.send_message_batch(QueueUrl="url", Entries=entries)

    def receive(self, most: int = 10) -> list[Any]:
        return self.sqs.receive(self.sqs.free_groups(), most)


def bodies(messages: list[Any]) -> list[str]:
    return [m.body for m in messages]


def test_a_group_comes_in_order_and_nothing_of_it_while_something_is_in_flight() -> None:
    queue = Queue()
    queue.send("1", "2", "3")
    queue.send("other", group="h")
    first = queue.sqs.receive(["g"], 2)
    assert bodies(first) == ["1", "2"]
    assert queue.sqs.free_groups() == ["h"]
    for message in first:
        queue.sqs.delete(message, 1)
    assert bodies(queue.sqs.receive(["g"])) == ["3"]


def test_a_message_that_is_not_deleted_comes_again_before_those_after_it() -> None:
    queue = Queue()
    queue.send("1", "2")
    (first,) = queue.receive(1)
    queue.us += VISIBLE_AGAIN_US
    again = queue.receive()
    assert bodies(again) == ["1", "2"]
    assert again[0].record()["attributes"]["ApproximateReceiveCount"] == "2"
    queue.sqs.delete(first, 1)
    queue.us += VISIBLE_AGAIN_US
    assert bodies(queue.receive()) == ["1", "2"], "an old receipt deletes nothing"


def test_an_id_is_known_for_five_minutes_also_when_its_message_is_gone() -> None:
    queue = Queue()
    queue.send("1")
    (message,) = queue.receive()
    queue.sqs.delete(message, 1)
    queue.us += ONCE_US - 1
    queue.send("1")
    assert queue.receive() == []
    queue.us += 1
    queue.send("1")
    assert bodies(queue.receive()) == ["1"]


def test_entries_that_the_queue_refuses_are_named_and_not_queued() -> None:
    sqs = Sqs("url", lambda: 0, lambda _: [1])
    entries = [
        {"Id": i, "MessageBody": i, "MessageGroupId": i, "MessageDeduplicationId": i} for i in "ab"
    ]
    answer = sqs.send_message_batch(QueueUrl="url", Entries=entries)
    assert [s["Id"] for s in answer["Successful"]] == ["a"]
    assert [f["Id"] for f in answer["Failed"]] == ["b"]
    assert [m.body for m in sqs.accepted] == ["a"]


def test_entries_that_the_bus_refuses_are_named_and_not_carried() -> None:
    carried: list[Any] = []
    events = Events("bus", carried.append, lambda _: [0])
    entry = {"EventBusName": "bus", "Source": "s", "DetailType": "t", "Detail": '{"a":1}'}
    answer = events.put_events(Entries=[entry, entry])
    assert answer["FailedEntryCount"] == 1
    assert ["EventId" in each for each in answer["Entries"]] == [False, True]
    assert [event["detail"] for event in carried] == [{"a": 1}]


def refused(call: Any, **asked: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call(**asked)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_an_object_is_put_only_where_nothing_is_and_read_from_a_stream() -> None:
    s3 = S3("bucket")
    asked = {"Bucket": "bucket", "Key": "k", "ChecksumAlgorithm": "SHA256", "IfNoneMatch": "*"}
    s3.put_object(**asked, Body=b"1")
    assert refused(s3.put_object, **asked, Body=b"1") == ("PreconditionFailed", 412)
    get = {"Bucket": "bucket", "ChecksumMode": "ENABLED"}
    assert s3.get_object(**get, Key="k")["Body"].read() == b"1"
    assert refused(s3.get_object, **get, Key="other") == ("NoSuchKey", 404)


def test_a_socket_hears_what_comes_until_it_is_gone() -> None:
    sockets = Sockets()
    heard: list[bytes] = []
    ended: list[str] = []
    assert refused(sockets.post_to_connection, ConnectionId="c", Data=b"") == ("GoneException", 410)
    sockets.open("c", heard.append, lambda: ended.append("c"))
    sockets.post_to_connection(ConnectionId="c", Data=b"1")
    large = {"ConnectionId": "c", "Data": bytes(128 * 1024 + 1)}
    assert refused(sockets.post_to_connection, **large) == ("PayloadTooLargeException", 413)
    sockets.delete_connection(ConnectionId="c")
    assert refused(sockets.delete_connection, ConnectionId="c") == ("GoneException", 410)
    assert (heard, ended) == ([b"1"], ["c"])
