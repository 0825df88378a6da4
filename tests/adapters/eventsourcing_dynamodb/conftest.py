"""Tables for recorders: on DynamoDB Local for all tests, on moto for those with one thread."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from lqe.adapters.dynamodb.eventsourcing.creation import create_table
from lqe.adapters.dynamodb.table import Table
from tests.dynamodb_local import DynamoDBLocal

NewTable = Callable[[], Table]


@pytest.fixture
def new_table(dynamodb_local: DynamoDBLocal) -> NewTable:
    """Return what makes an empty table that no other test sees."""

    def made() -> Table:
        client = dynamodb_local.client(uuid.uuid4().hex)
        create_table(client, "events")
        return Table(client, "events")

    return made


@pytest.fixture
def table(new_table: NewTable) -> Table:
    return new_table()


@pytest.fixture
def moto_client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    with mock_aws():
        yield boto3.client("dynamodb", region_name="us-east-1")


@pytest.fixture
def environment(dynamodb_local: DynamoDBLocal, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Set what an application needs to find an empty table of its own; return it as well."""
    options = dynamodb_local.options("applications")
    wanted = {
        "PERSISTENCE_MODULE": "lqe.adapters.dynamodb.eventsourcing",
        # boto3 keeps the first access key that it finds, so the table is what sets tests apart.
        "DYNAMODB_TABLE": f"events-{uuid.uuid4().hex}",
        "DYNAMODB_ENDPOINT_URL": options["endpoint_url"],
        "DYNAMODB_REGION": options["region_name"],
    }
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", options["aws_access_key_id"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", options["aws_secret_access_key"])
    for name, value in wanted.items():
        monkeypatch.setenv(name, value)
    return wanted
