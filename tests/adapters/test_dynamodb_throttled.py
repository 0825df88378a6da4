"""A table that is throttled, or does not answer, is Unavailable to whoever needs it."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from lqe.adapters.dynamodb.connections import DynamoConnections
from lqe.adapters.dynamodb.documents import DynamoDocuments
from lqe.adapters.dynamodb.hot import DynamoHotEntities
from lqe.adapters.dynamodb.table import Table
from lqe.errors import Unavailable
from lqe.ports.hot import HotEntity
from lqe.ports.push import Connection
from tests.adapters.cloud import failure

ANN = Connection("a=", "acme", "w1", "ann", "s1")
ENTITY = HotEntity(entity=1, position=2, tags=[], components={})
CALLS: dict[str, Callable[[Table], object]] = {
    "get a document": lambda table: DynamoDocuments(table).tenant("acme").get("w1", "a"),
    "replace a document": lambda table: (
        DynamoDocuments(table).tenant("acme").replace("w1", "a", None, b"")
    ),
    "names of documents": lambda table: DynamoDocuments(table).tenant("acme").names("w1"),
    "connections": lambda table: DynamoConnections(table).of("acme", "w1"),
    "add": lambda table: DynamoConnections(table).add(ANN, 1),
    "remove": lambda table: DynamoConnections(table).remove(ANN),
    "heard": lambda table: DynamoConnections(table).heard(ANN, 1),
    "awake": lambda table: DynamoConnections(table).awake("acme", "w1", 1),
    "replace entities": lambda table: DynamoHotEntities(table).replace("acme", "w1", 1, [ENTITY]),
    "get an entity": lambda table: DynamoHotEntities(table).get("acme", "w1", 1),
}


class Failing:
    """A client each of whose calls fails in the same way."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        def fail(**_: Any) -> None:
            raise self._error

        return fail


@pytest.mark.parametrize(
    "error",
    [
        failure("ProvisionedThroughputExceededException", 400),
        failure("ThrottlingException", 400),
        failure("InternalServerError", 500),
        EndpointConnectionError(endpoint_url="x"),
    ],
    ids=["provisioned", "throttled", "server", "connection"],
)
@pytest.mark.parametrize(
    "call",
    CALLS.values(),
    ids=CALLS.keys(),
)
def test_what_may_pass_is_unavailable(error: Exception, call: Callable[[Table], object]) -> None:
    with pytest.raises(Unavailable):
        call(Table(Failing(error), "table"))


def test_a_client_whose_note_was_not_written_is_noted_by_its_next_message() -> None:
    class Recovering:
        def __init__(self) -> None:
            self.calls = 0

        def update_item(self, **_: Any) -> Any:
            self.calls += 1
            if self.calls == 1:
                raise failure("ThrottlingException", 400)
            return {}

    client = Recovering()
    connections = DynamoConnections(Table(client, "table"))
    with pytest.raises(Unavailable):
        connections.heard(ANN, 1)
    connections.heard(ANN, 2)
    connections.heard(ANN, 3)
    assert client.calls == 2


def test_an_entity_that_was_not_written_is_written_when_it_comes_again() -> None:
    class Recovering:
        def __init__(self) -> None:
            self.calls = 0

        def put_item(self, **_: Any) -> Any:
            self.calls += 1
            if self.calls == 1:
                raise EndpointConnectionError(endpoint_url="x")
            return {}

        def query(self, **_: Any) -> dict[str, Any]:
            return {"Items": []}

    client = Recovering()
    hot = DynamoHotEntities(Table(client, "table"))
    with pytest.raises(Unavailable):
        hot.replace("acme", "w1", 1, [ENTITY])
    hot.replace("acme", "w1", 1, [ENTITY])
    hot.replace("acme", "w1", 1, [ENTITY])
    assert client.calls == 2
