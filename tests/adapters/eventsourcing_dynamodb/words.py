"""What the tests of this folder say in one word."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid5

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from eventsourcing.persistence import StoredEvent

from lqe.adapters.dynamodb.eventsourcing import (
    DynamoDBApplicationRecorder,
    DynamoDBProcessRecorder,
)
from lqe.adapters.dynamodb.eventsourcing.log import Log
from lqe.adapters.dynamodb.table import Table

SPACE = UUID(int=7)


def originator(number: int) -> UUID:
    return uuid5(SPACE, str(number))


def event(number: int, version: int, state: bytes = b"state", topic: str = "topic") -> StoredEvent:
    return StoredEvent(originator(number), version, topic, state)


def application(table: Table, name: str = "app") -> DynamoDBApplicationRecorder:
    """Return a recorder that knows nothing yet, as a new process has it."""
    return DynamoDBApplicationRecorder(Log(table, name))


def process(table: Table, name: str = "app") -> DynamoDBProcessRecorder:
    return DynamoDBProcessRecorder(Log(table, name))


def versions(events: Sequence[StoredEvent]) -> list[int]:
    return [e.originator_version for e in events]


class Calls:
    """A client that counts its calls and the items it was given, and can lose an answer."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.reads = 0
        self.items = 0
        self.puts = 0
        self.lose: list[str] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def query(self, **asked: Any) -> Any:
        answer = self._client.query(**asked)
        self.reads += 1
        self.items += answer["Count"]
        return answer

    def batch_get_item(self, **asked: Any) -> Any:
        answer = self._client.batch_get_item(**asked)
        self.reads += 1
        self.items += sum(len(items) for items in answer["Responses"].values())
        return answer

    def put_item(self, **asked: Any) -> Any:
        self.puts += 1
        lose = self.lose.pop(0) if self.lose else ""
        if lose == "request":
            raise EndpointConnectionError(endpoint_url="x")
        answer = self._client.put_item(**asked)
        if lose == "answer":
            self.meanwhile()
            raise ReadTimeoutError(endpoint_url="x")
        return answer


def counted(table: Table) -> tuple[Calls, Table]:
    """Return the same table again, with its calls counted."""
    calls = Calls(table._client)
    return calls, Table(calls, table.name)
