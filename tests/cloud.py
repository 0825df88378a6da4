"""The functions as a cloud runs them: DynamoDB Local with its stream, the other services by moto.

Queues and streams are read by hand, one batch at a time, and handed to the functions as the events
that Lambda makes of them.
"""

import base64
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import boto3
from botocore.exceptions import ClientError

from lqe.adapters.aws import client as aws_client
from lqe.adapters.budget import Unlimited
from lqe.adapters.dynamodb.tables import create_tables
from lqe.fold import Code
from lqe.handlers.achievements import function as achievements
from lqe.handlers.append import function as append
from lqe.handlers.audit_logger import function as audit_logger
from lqe.handlers.fold import function as fold
from lqe.handlers.meter import function as meter
from lqe.handlers.pool_warmer import function as pool_warmer
from lqe.handlers.process import Process
from lqe.handlers.settings import Settings
from lqe.handlers.tick import function as tick
from lqe.handlers.ticker import function as ticker
from lqe.ports.budget import Budget
from lqe.ports.clock import Clock
from lqe.signals import NEAR_QUORUM, QUORUM, UPGRADED
from tests.dynamodb_local import DynamoDBLocal
from tests.states import MACHINE, States

BUCKET, QUEUE = "lqe-objects", "lqe-intake.fifo"
Json = dict[str, Any]


class Gateway:
    """The connections of a WebSocket API: what each was sent; those in `gone` are not there."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.gone: set[str] = set()

    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> None:  # noqa: N803
        self._check(ConnectionId)
        self.sent.append((ConnectionId, Data))

    def delete_connection(self, *, ConnectionId: str) -> None:  # noqa: N803
        self._check(ConnectionId)
        self.gone.add(ConnectionId)

    def _check(self, connection: str) -> None:
        if connection in self.gone:
            raise ClientError({"Error": {"Code": "GoneException"}}, "PostToConnection")


class Bus:
    """A bus of EventBridge that keeps what was put on it."""

    def __init__(self) -> None:
        self.events: list[Json] = []

    def put_events(self, *, Entries: Sequence[Json]) -> Json:  # noqa: N803
        import json

        for entry in Entries:
            detail = json.loads(entry["Detail"])
            self.events.append(
                {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": detail}
            )
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "e"} for _ in Entries]}


class Lambda:
    """Functions that are invoked without an answer: which, and with what."""

    def __init__(self) -> None:
        self.invoked: list[tuple[str, Json]] = []

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> Json:  # noqa: N803
        import json

        assert InvocationType == "Event", "nobody waits for an answer"
        self.invoked.append((FunctionName, json.loads(Payload)))
        return {"StatusCode": 202}


class Cloud:
    """One deployment. Use inside moto's `mock_aws`."""

    def __init__(
        self, local: DynamoDBLocal, code: Code, clock: Clock, budget: Budget | None = None
    ) -> None:
        self.access_key = uuid.uuid4().hex
        options = local.options(self.access_key)
        self.dynamodb = boto3.client("dynamodb", **options)
        create_tables(self.dynamodb)
        self.gateway, self.bus, self.functions = Gateway(), Bus(), Lambda()
        self.states = States(self._turn, lambda _: None)
        self.s3, self.sqs = aws_client("s3"), aws_client("sqs")
        self.s3.create_bucket(Bucket=BUCKET)
        made = self.sqs.create_queue(QueueName=QUEUE, Attributes={"FifoQueue": "true"})
        self.queue = made["QueueUrl"]
        self.settings = Settings(
            bucket=BUCKET,
            queue=self.queue,
            state_machine=MACHINE,
            submit="lqe-submit",
            ticker="lqe-ticker",
            tick="lqe-tick",
        )
        self.faults: list[str] = []
        self.sleep: Callable[[float], None] = lambda _: None
        self._code, self._clock, self._budget = code, clock, budget or Unlimited()
        self._records = self._stream(boto3.client("dynamodbstreams", **options))
        self.process = self.cold()
        self.warm()

    def cold(self) -> Process:
        """Return a process that has just started."""
        clients = {
            "dynamodb": self.dynamodb,
            "s3": self.s3,
            "sqs": self.sqs,
            "events": self.bus,
            "lambda": self.functions,
            "stepfunctions": self.states,
            "apigatewaymanagementapi": self.gateway,
        }
        return Process(
            self.settings,
            client=clients.__getitem__,
            clock=self._clock,
            budget=self._budget,
            code_of=lambda _: self._code,
            report=lambda t, w, e: self.faults.append(f"{t}#{w}: {e}"),
        )

    def warm(self) -> None:
        """Wire the functions that later batches run in."""
        self.append = append.wire(self.process)
        self.fold = fold.wire(self.process)

    def take_in(self) -> int:
        """Run `append` on what waits in the queue, ten at most; return how many that were."""
        answer = self.sqs.receive_message(
            QueueUrl=self.queue, MaxNumberOfMessages=10, AttributeNames=["All"]
        )
        waiting = answer.get("Messages", [])
        if not waiting:
            return 0
        records = [
            {
                "messageId": m["MessageId"],
                "receiptHandle": m["ReceiptHandle"],
                "body": m["Body"],
                "attributes": m["Attributes"],
            }
            for m in waiting
        ]
        response = append.respond(self.process, self.append, {"Records": records})
        failed = {f["itemIdentifier"] for f in response["batchItemFailures"]}
        for message in waiting:
            if message["MessageId"] not in failed:
                self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return len(waiting)

    def follow(self, limit: int = 100) -> int:
        """Run `fold` on the next records of the stream; return how many those were."""
        records = [record for record, _ in zip(self._new(), range(limit), strict=False)]
        if records:
            fold.respond(self.process, self.fold, {"Records": records})
        return len(records)

    def skip(self) -> list[Json]:
        """Lose what the stream holds, as a trim would; return it."""
        return list(self._new())

    def doorbell(self, tenant: str, world: str, position: int) -> None:
        """Run `fold` on a record of a commit's key alone."""
        keys = {"pk": {"S": f"{tenant}#{world}"}, "sk": {"N": str(position)}}
        record = {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "1", "Keys": keys}}
        record["dynamodb"]["NewImage"] = keys  # type: ignore[index]
        fold.respond(self.process, self.fold, {"Records": [record]})

    def observe(self) -> None:
        """Run the observers on what is on the bus."""
        events, self.bus.events = self.bus.events, []
        for event in events:
            if event["detail-type"] in (QUORUM, UPGRADED):
                ticker.respond(self.process, ticker.wire(self.process), event)
            if event["detail-type"] in (NEAR_QUORUM, QUORUM):
                pool_warmer.respond(self.process, pool_warmer.wire(self.process), event)
            meter.respond(self.process, meter.wire(self.process), event)
            achievements.respond(self.process, achievements.wire(self.process), event)
            audit_logger.respond(self.process, audit_logger.wire(self.process), event)

    def _turn(self, name: str, event: Json) -> Json:
        """Run a short turn of an execution, in which no time passes but by its sleep."""
        assert name == "tick"
        asked = {**event, "seconds": 1}
        return tick.respond(self.process, tick.wire(self.process), asked, sleep=self.sleep)

    def settle(self) -> None:
        """Run everything until nothing waits anywhere."""
        while self.take_in() or self.follow():
            pass
        self.observe()

    def _new(self) -> Iterator[Json]:
        while True:
            record = next(self._records)
            if record is None:
                return
            yield record

    def _stream(self, streams: Any) -> Iterator[Json | None]:
        """Yield the stream's records as Lambda shows them, None whenever there is no more yet."""
        arn = self.dynamodb.describe_table(TableName="lqe-events")["Table"]["LatestStreamArn"]
        (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        place = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while True:
            answer = streams.get_records(ShardIterator=place)
            place = answer["NextShardIterator"]
            for record in answer["Records"]:
                yield as_lambda_shows(record)
            if not answer["Records"]:
                yield None


def as_lambda_shows(record: Json) -> Json:
    """Return a record of a stream with its bytes as base64."""
    change = dict(record["dynamodb"])
    for image in ("Keys", "NewImage"):
        if image in change:
            change[image] = {name: _text(value) for name, value in change[image].items()}
    return {"eventName": record["eventName"], "dynamodb": change}


def _text(value: Json) -> Json:
    return {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
