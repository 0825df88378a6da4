"""The entry points as Lambda calls them: from their environment, with logs and metrics."""

import importlib
import json
import logging
import os
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import msgspec
import pytest
from moto import mock_aws

from lqe.adapters.dynamodb.log import DynamoLogs
from lqe.adapters.dynamodb.table import Table
from lqe.adapters.dynamodb.tables import CONNECTIONS, ENTITIES, EVENTS, SNAPSHOTS, create_tables
from lqe.adapters.eventbridge import EventBridgeBus
from lqe.adapters.scenarios import PackagedCode
from lqe.errors import BadInput
from lqe.handlers.warming import WarmUp
from lqe.ports.bus import Published
from lqe.ports.intake import Message
from lqe.replay.script import opened
from lqe.signals import QUORUM, USAGE, Signal
from tests.adapters.cloud import lambda_event
from tests.dynamodb_local import DynamoDBLocal
from tests.handlers.imported import FUNCTIONS
from tests.recorded import START_US, TENANT, WORLD, Recorded
from tests.states import definition

Call = Callable[[str, Any], Any]


class Context:
    aws_request_id = "request-1"

    def __init__(self, left_ms: int = 30_000) -> None:
        self._left_ms = left_ms

    def get_remaining_time_in_millis(self) -> int:
        return self._left_ms


@pytest.fixture
def deployed(
    dynamodb_local: DynamoDBLocal, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> Iterator[Call]:
    """Call a function by its name, freshly imported, in the environment of a deployment."""
    game = Recorded()
    (tmp_path / game.digest).write_bytes(game.stored.get(f"scenarios/{game.digest}") or b"")
    # The library's default session keeps the first credentials that it meets.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with mock_aws():
        key = uuid.uuid4().hex
        create_tables(dynamodb_local.client(key))
        here = {"region_name": "us-east-1"}
        boto3.client("s3", **here).create_bucket(Bucket="objects")
        queue = boto3.client("sqs", **here).create_queue(
            QueueName="intake.fifo", Attributes={"FifoQueue": "true"}
        )
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        for name, value in {
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_local.url,
            "OBJECTS_BUCKET": "objects",
            "INTAKE_URL": queue["QueueUrl"],
            "SOCKETS_URL": "https://a.execute-api.us-east-1.amazonaws.com/live",
            "SCENARIOS": str(tmp_path),
            "SCENARIO": game.digest,
            "POWERTOOLS_METRICS_NAMESPACE": "LedgerQuest",
        }.items():
            monkeypatch.setenv(name, value)

        def call(name: str, event: Any) -> Any:
            # A logger of Powertools is made once a process, with the output of that moment.
            logging.Logger.manager.loggerDict.pop(f"lqe-{name}", None)
            module = importlib.reload(importlib.import_module(f"lqe.handlers.{name}.function"))
            return module.lambda_handler(event, Context())

        yield call


def log_of() -> Any:
    table = Table(boto3.client("dynamodb"), EVENTS)
    return DynamoLogs(table).tenant(TENANT).world(WORLD)


def queued(*messages: Message) -> Any:
    return {
        "Records": [
            {
                "messageId": f"sqs-{message.id}",
                "body": msgspec.json.encode(message).decode(),
                "attributes": {
                    "MessageGroupId": f"{message.tenant}#{message.world}",
                    "ApproximateReceiveCount": "1",
                },
            }
            for message in messages
        ]
    }


def metrics(out: str) -> dict[tuple[str, str], float]:
    """Return the figures in what a function printed, by name and tenant or table."""
    found = {}
    for line in out.splitlines():
        row = json.loads(line)
        if "_aws" in row:
            (described,) = row["_aws"]["CloudWatchMetrics"]
            assert described["Namespace"] == "LedgerQuest"
            (name,) = (m["Name"] for m in described["Metrics"])
            value = row[name]
            of = row.get("tenant") or row.get("table") or ""
            found[name, of] = value[0] if isinstance(value, list) else value
    return found


def test_a_batch_of_the_intake_is_appended_and_counted(
    deployed: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    game = Recorded()
    opening = opened(game.code(game.digest), game.digest, 1)
    message = Message(id="o", tenant=TENANT, world=WORLD, events=(opening,))
    assert deployed("append", queued(message)) == {"batchItemFailures": []}
    assert log_of().head() == 0
    counted = metrics(capsys.readouterr().out)
    assert counted["EventsRecorded", TENANT] == 1
    assert counted["WriteUnits", EVENTS] >= 1


def test_a_record_that_is_no_message_is_logged_and_settled(
    deployed: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = queued(Message(id="o", tenant=TENANT, world=WORLD, events=()))
    assert deployed("append", batch) == {"batchItemFailures": []}
    out = capsys.readouterr().out
    (line,) = [row for row in map(json.loads, out.splitlines()) if "_aws" not in row]
    assert (line["level"], line["service"], line["request"]) == ("ERROR", "lqe-append", "request-1")
    assert metrics(out)["WorldFaults", "none"] == 1


def test_the_fold_goes_on_from_the_log_with_the_code_that_is_packaged(
    deployed: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    game = Recorded()
    opening = opened(game.code(game.digest), game.digest, 1)
    message = Message(id="o", tenant=TENANT, world=WORLD, events=(opening,))
    deployed("append", queued(message))
    keys = {"pk": {"S": f"{TENANT}#{WORLD}"}, "sk": {"N": "0"}}
    record = {
        "eventName": "INSERT",
        "dynamodb": {"SequenceNumber": "7", "Keys": keys, "NewImage": keys},
    }
    assert deployed("fold", {"Records": [record]}) == {"batchItemFailures": []}
    table = Table(boto3.client("dynamodb"), SNAPSHOTS)
    assert table.get({"pk": keys["pk"], "sk": {"S": "cursor"}}) is not None
    stored = boto3.client("s3").list_objects_v2(Bucket="objects")["Contents"]
    assert [o["Key"] for o in stored] == [f"{TENANT}/snapshots/{WORLD}/{0:016d}"]
    assert ("WriteUnits", SNAPSHOTS) in metrics(capsys.readouterr().out)


def test_observers_take_in_what_the_bus_carries(deployed: Call) -> None:
    totals = {"events": 3, "commands": 1, "ticks": 40, "bytes": 300, "at_us": START_US}
    usage = Published(
        tenant=TENANT, world=WORLD, position=2, index=0, signal=Signal(USAGE, 40, totals)
    )
    entries: list[Any] = []

    class Client:
        def put_events(self, *, Entries: Any) -> Any:  # noqa: N803
            entries.extend(Entries)
            return {"Entries": [{"EventId": "1"} for _ in Entries]}

    EventBridgeBus(Client(), "bus").publish([usage])
    (entry,) = entries
    event = {
        "source": entry["Source"],
        "detail-type": entry["DetailType"],
        "detail": json.loads(entry["Detail"]),
    }
    for name in ("meter", "achievements", "audit_logger"):
        deployed(name, event)
        deployed(name, event)
    table = Table(boto3.client("dynamodb"), SNAPSHOTS)
    names = [item["sk"]["S"] for item in table.query(f"{TENANT}#{WORLD}")]
    assert names == ["signal/0000000000000002-0000", "usage/2023-11"]


def test_a_socket_without_a_ticket_is_denied_and_counted(
    deployed: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = deployed("authorize", lambda_event("websocket_authorize"))
    assert [s["Effect"] for s in answer["policyDocument"]["Statement"]] == ["Deny"]
    counted = metrics(capsys.readouterr().out)
    assert counted["TicketsRefused", "none"] == 1


@pytest.mark.parametrize("name", ["authorize", "http", "meter"])
def test_a_function_that_pushes_nothing_makes_no_client_for_it(
    deployed: Call, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    module = importlib.import_module("lqe.handlers.entry")
    monkeypatch.setattr(module, "push_client", None)
    events = {"meter": "eventbridge_signal", "http": "http_request"}
    deployed(name, lambda_event(events.get(name, "websocket_authorize")))


def test_an_http_request_is_answered_from_the_environment_of_a_deployment(deployed: Call) -> None:
    event = lambda_event("http_request")
    event |= {"rawPath": "/v1/scenario"}
    answer = deployed("http", event)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["digest"] == Recorded().digest


def test_the_ticker_starts_time_by_a_quorum_and_again_for_a_run_that_is_ended(
    deployed: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = boto3.client("stepfunctions")
    role = "arn:aws:iam::123456789012:role/any"
    machine = states.create_state_machine(
        name="lqe-game-tick", definition=json.dumps(definition()), roleArn=role
    )["stateMachineArn"]
    monkeypatch.setenv("STATE_MACHINE_ARN", machine)

    def inputs() -> list[Any]:
        found = states.list_executions(stateMachineArn=machine)["executions"]
        arns = [execution["executionArn"] for execution in found]
        asked = [json.loads(states.describe_execution(executionArn=arn)["input"]) for arn in arns]
        return sorted(asked, key=lambda each: int(each["epoch"]))

    quorum = Published(
        tenant=TENANT,
        world=WORLD,
        position=1,
        index=0,
        signal=Signal(QUORUM, 0, {"players": 1, "clock_hz": 4}),
    )
    detail = msgspec.to_builtins(quorum)
    event = {"source": "ledgerquest", "detail-type": QUORUM, "detail": detail}
    for _ in range(2):
        deployed("ticker", event)
    (first,) = inputs()
    assert (first["tenant"], first["world"]) == (TENANT, WORLD)
    aborted = lambda_event("states_execution_aborted")
    aborted["detail"]["input"] = json.dumps(first)
    deployed("ticker", aborted)
    deployed("ticker", {**first, "turn": 800, "awake": True})
    # The second end is of a run that has a newer one. Epochs are at least the time in seconds.
    assert len({each["epoch"] for each in inputs()}) == 2


@pytest.mark.parametrize("name", ["submit", "tick", "ticker"])
def test_a_warm_up_makes_a_process_ready_and_leaves_no_trace(
    deployed: Call, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    game = Recorded()
    opening = opened(game.code(game.digest), game.digest, 1)
    deployed("append", queued(Message(id="o", tenant=TENANT, world=WORLD, events=(opening,))))
    keys = {"pk": {"S": f"{TENANT}#{WORLD}"}, "sk": {"N": "0"}}
    change = {"SequenceNumber": "7", "Keys": keys, "NewImage": keys}
    deployed("fold", {"Records": [{"eventName": "INSERT", "dynamodb": change}]})
    loaded: list[str] = []
    load = PackagedCode.__call__

    def note(code: PackagedCode, digest: str) -> Any:
        loaded.append(digest)
        return load(code, digest)

    monkeypatch.setattr(PackagedCode, "__call__", note)
    monkeypatch.delenv("STATE_MACHINE_ARN", raising=False)  # nothing is started
    table, queue = Table(boto3.client("dynamodb"), SNAPSHOTS), boto3.client("sqs")
    kept = list(table.query(f"{TENANT}#{WORLD}"))
    waiting = queue.receive_message(QueueUrl=os.environ["INTAKE_URL"], MaxNumberOfMessages=10)
    assert deployed(name, json.loads(WarmUp(TENANT, WORLD).encode())) is None
    assert loaded == ([game.digest] if name == "submit" else [])
    assert list(table.query(f"{TENANT}#{WORLD}")) == kept
    assert len(waiting["Messages"]) == 1  # the fold's attestation
    assert "Messages" not in queue.receive_message(QueueUrl=os.environ["INTAKE_URL"])


def test_a_warm_up_of_a_world_that_is_not_there_is_nothing_wrong(deployed: Call) -> None:
    assert deployed("submit", json.loads(WarmUp(TENANT, "nowhere").encode())) is None


@pytest.mark.parametrize("data", [{}, {"clock_hz": 0}, {"clock_hz": "4"}])
def test_a_quorum_of_a_scenario_that_only_calls_it_so_starts_nothing(
    deployed: Call, data: dict[str, Any]
) -> None:
    signal = {"name": QUORUM, "tick": 0, "data": data}
    detail = {"tenant": TENANT, "world": WORLD, "position": 1, "index": 0, "signal": signal}
    with pytest.raises(BadInput, match="clock_hz"):
        deployed("ticker", {"source": "ledgerquest", "detail-type": QUORUM, "detail": detail})


def test_what_is_missing_in_the_environment_is_said_by_name(
    deployed: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INTAKE_URL")
    with pytest.raises(Exception, match="INTAKE_URL"):
        deployed("connect", {"requestContext": {"routeKey": "$connect"}})


@pytest.mark.parametrize("name", FUNCTIONS)
def test_nothing_is_made_before_the_first_call(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # What is made while a process is prepared, all copies of it would share.
    monkeypatch.setattr(boto3, "client", None)
    module = importlib.reload(importlib.import_module(f"lqe.handlers.{name}.function"))
    assert callable(module.lambda_handler)


def test_all_tables_are_known() -> None:
    assert {EVENTS, SNAPSHOTS, ENTITIES, CONNECTIONS} == {
        "lqe-events",
        "lqe-snapshots",
        "lqe-entities",
        "lqe-connections",
    }
