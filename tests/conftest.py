"""Lets tests import each other's words as `tests.steps`, and gives them DynamoDB Local."""

import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

_ROOT = str(Path(__file__).resolve().parent.parent)
if _ROOT not in sys.path:
    sys.path.insert(0, _ROOT)

if TYPE_CHECKING:
    from lqe.adapters.dynamodb.table import Table
    from tests.dynamodb_local import DynamoDBLocal


@pytest.fixture(scope="session")
def dynamodb_local() -> "Iterator[DynamoDBLocal]":
    """AWS's DynamoDB Local, running; the test fails with what to do if it is not on the machine."""
    from tests.dynamodb_local import DynamoDBLocal

    server = DynamoDBLocal()
    yield server
    server.stop()


@pytest.fixture
def events_table(dynamodb_local: "DynamoDBLocal") -> "Table":
    """An empty table of events that no other test sees."""
    from lqe.adapters.dynamodb.table import Table
    from lqe.adapters.dynamodb.tables import EVENTS, create_tables

    client = dynamodb_local.client(uuid.uuid4().hex)
    create_tables(client, [EVENTS])
    return Table(client, EVENTS)


@pytest.fixture(autouse=True)
def _new_default_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test's clients read its own environment: boto3's default session keeps the first."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
