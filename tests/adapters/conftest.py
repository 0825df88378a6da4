"""One of each adapter: every test of this folder that names a port runs on all of them."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from lqe.adapters.aws import client
from lqe.adapters.buckets import ProcessBuckets
from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.dynamodb.buckets import DynamoBuckets
from lqe.adapters.dynamodb.connections import DynamoConnections
from lqe.adapters.dynamodb.documents import DynamoDocuments
from lqe.adapters.dynamodb.hot import DynamoHotEntities
from lqe.adapters.dynamodb.table import Table
from lqe.adapters.dynamodb.tables import CONNECTIONS, ENTITIES, SNAPSHOTS, create_tables
from lqe.adapters.dynamodb.tickets import DynamoTickets
from lqe.adapters.files import FileObjects
from lqe.adapters.memory import (
    MemoryConnections,
    MemoryDocuments,
    MemoryHotEntities,
    MemoryObjects,
    MemoryTickets,
)
from lqe.adapters.s3 import S3Objects
from lqe.adapters.sqlite import SQLiteDocuments
from lqe.local.sockets import Sockets
from lqe.ports.buckets import Buckets
from lqe.ports.cursors import Cursors
from lqe.ports.documents import Documents
from lqe.ports.hot import HotEntities
from lqe.ports.objects import Objects
from lqe.ports.push import Connections
from lqe.ports.tickets import Tickets
from tests.adapters.cloud import BUCKET
from tests.dynamodb_local import DynamoDBLocal
from tests.recorded import SteppingClock


@pytest.fixture
def dynamodb(dynamodb_local: DynamoDBLocal) -> Any:
    """Return a client that sees every table, all of them empty and this test's own."""
    made = dynamodb_local.client(uuid.uuid4().hex)
    create_tables(made)
    return made


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Yield what makes clients of a cloud in this process."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield client


@pytest.fixture
def bucket(aws: Callable[[str], Any]) -> Any:
    """Return a client of S3 that sees an empty bucket, `BUCKET`."""
    s3 = aws("s3")
    s3.create_bucket(Bucket=BUCKET)
    return s3


@pytest.fixture(params=["memory", "files", "s3"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    if request.param == "memory":
        return MemoryObjects()
    if request.param == "files":
        return FileObjects(tmp_path)
    return S3Objects(request.getfixturevalue("bucket"), BUCKET)


@pytest.fixture(params=["memory", "sqlite", "dynamodb"])
def documents(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Documents]:
    if request.param == "memory":
        yield MemoryDocuments()
    elif request.param == "sqlite":
        opened = SQLiteDocuments(tmp_path)
        yield opened
        opened.close()
    else:
        yield DynamoDocuments(Table(request.getfixturevalue("dynamodb"), SNAPSHOTS))


@pytest.fixture
def cursors(documents: Documents) -> Cursors:
    return DocumentCursors(documents)


@pytest.fixture(params=["memory", "sockets", "dynamodb"])
def connections(request: pytest.FixtureRequest) -> Connections:
    if request.param == "memory":
        return MemoryConnections()
    if request.param == "sockets":
        return Sockets()
    return DynamoConnections(Table(request.getfixturevalue("dynamodb"), CONNECTIONS))


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture(params=["process", "dynamodb"])
def buckets(request: pytest.FixtureRequest, clock: SteppingClock) -> Buckets:
    if request.param == "process":
        return ProcessBuckets(clock)
    return DynamoBuckets(Table(request.getfixturevalue("dynamodb"), CONNECTIONS), clock)


@pytest.fixture(params=["memory", "dynamodb"])
def hot(request: pytest.FixtureRequest) -> HotEntities:
    if request.param == "memory":
        return MemoryHotEntities()
    return DynamoHotEntities(Table(request.getfixturevalue("dynamodb"), ENTITIES))


@pytest.fixture(params=["memory", "dynamodb"])
def tickets(request: pytest.FixtureRequest) -> Tickets:
    if request.param == "memory":
        return MemoryTickets()
    return DynamoTickets(Table(request.getfixturevalue("dynamodb"), CONNECTIONS))
