"""What every adapter of a port does, the real adapters do over the simulated services as well."""

from types import ModuleType

import pytest

from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.dynamodb.buckets import DynamoBuckets
from lqe.adapters.dynamodb.connections import DynamoConnections
from lqe.adapters.dynamodb.documents import DynamoDocuments
from lqe.adapters.dynamodb.hot import DynamoHotEntities
from lqe.adapters.dynamodb.log import DynamoLogs
from lqe.adapters.dynamodb.table import Table
from lqe.adapters.dynamodb.tables import CONNECTIONS, ENTITIES, EVENTS, SNAPSHOTS
from lqe.adapters.s3 import S3Objects
from tests.adapters import (
    test_buckets_contract,
    test_connections_contract,
    test_cursors_contract,
    test_documents_contract,
    test_hot_contract,
    test_log_contract,
    test_objects_contract,
)
from tests.recorded import SteppingClock
from tests.simulation.aws.dynamodb import DynamoDB
from tests.simulation.aws.s3 import S3

CONTRACTS: tuple[ModuleType, ...] = (
    test_buckets_contract,
    test_connections_contract,
    test_cursors_contract,
    test_documents_contract,
    test_hot_contract,
    test_log_contract,
    test_objects_contract,
)

for contract in CONTRACTS:
    port = contract.__name__.rpartition(".")[2]
    for name, value in vars(contract).items():
        if name.startswith("test_"):
            globals()[f"{port}_{name.removeprefix('test_')}"] = value


@pytest.fixture
def dynamodb() -> DynamoDB:
    """Return a service with small pages and all tables empty."""
    sorts = {EVENTS: "N", SNAPSHOTS: "S", ENTITIES: "N", CONNECTIONS: "S"}
    return DynamoDB(sorts, page=2)


@pytest.fixture
def documents(dynamodb: DynamoDB) -> DynamoDocuments:
    return DynamoDocuments(Table(dynamodb, SNAPSHOTS))


@pytest.fixture
def cursors(documents: DynamoDocuments) -> DocumentCursors:
    return DocumentCursors(documents)


@pytest.fixture
def connections(dynamodb: DynamoDB) -> DynamoConnections:
    return DynamoConnections(Table(dynamodb, CONNECTIONS))


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def buckets(dynamodb: DynamoDB, clock: SteppingClock) -> DynamoBuckets:
    return DynamoBuckets(Table(dynamodb, CONNECTIONS), clock)


@pytest.fixture
def hot(dynamodb: DynamoDB) -> DynamoHotEntities:
    return DynamoHotEntities(Table(dynamodb, ENTITIES))


@pytest.fixture
def logs(dynamodb: DynamoDB) -> DynamoLogs:
    return DynamoLogs(Table(dynamodb, EVENTS))


@pytest.fixture
def objects() -> S3Objects:
    return S3Objects(S3("bucket", page=2), "bucket")


def test_there_is_something_of_every_contract() -> None:
    taken = [name for name in globals() if "_contract_" in name]
    assert len(taken) > 30
