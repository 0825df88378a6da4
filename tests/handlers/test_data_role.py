"""A deployed function with a role for data: registered tenants, at home here, in their sessions."""

import importlib
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from lqe.adapters.dynamodb.tables import CONNECTIONS, EVENTS, create_tables
from lqe.adapters.registry import TenantSettings, dynamodb_registries
from lqe.errors import Refused

ROLE = "arn:aws:iam::123456789012:role/lqe-tenant-data"
AT = datetime(2026, 1, 2, tzinfo=UTC)


class Context:
    aws_request_id = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


@pytest.fixture
def assumed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, str]]]:
    """A deployment in us-east-1, and the tags of every session that it makes."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "own",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "DATA_ROLE_ARN": ROLE,
        "SOCKETS_URL": "https://a.execute-api.us-east-1.amazonaws.com/live",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        create_tables(boto3.client("dynamodb"))
        attributes = {"FifoQueue": "true"}
        queue = boto3.client("sqs").create_queue(QueueName="intake.fifo", Attributes=attributes)
        monkeypatch.setenv("INTAKE_URL", queue["QueueUrl"])
        registries = dynamodb_registries(EVENTS)
        for tenant, region in (("acme", "us-east-1"), ("globex", "eu-west-1")):
            registries.register(tenant, TenantSettings(region=region), AT)
        tags: list[dict[str, str]] = []

        def note(params: dict[str, Any], **_: Any) -> None:
            tags.append({tag["Key"]: tag["Value"] for tag in params["Tags"]})

        boto3.setup_default_session()
        session = boto3.DEFAULT_SESSION
        session.events.register("provide-client-params.sts.AssumeRole", note)
        yield tags


def connect(tenant: str) -> Any:
    logging.Logger.manager.loggerDict.pop("lqe-connect", None)
    module = importlib.reload(importlib.import_module("lqe.handlers.connect.function"))
    attested = {"tenant": tenant, "world": "w1", "player": "ann", "session": "s"}
    context = {"routeKey": "$connect", "connectionId": "c", "authorizer": attested}
    return module.lambda_handler({"requestContext": context}, Context())


def test_what_is_a_tenants_is_touched_in_a_session_of_it(assumed: list[dict[str, str]]) -> None:
    assert connect("acme") == {"statusCode": 200}
    assert assumed == [{"tenant": "acme", "region": "us-east-1"}]
    (item,) = boto3.client("dynamodb").scan(TableName=CONNECTIONS)["Items"]
    assert item["pk"] == {"S": "acme#w1"}


def warm_up(name: str, tenant: str) -> Any:
    logging.Logger.manager.loggerDict.pop(f"lqe-{name}", None)
    module = importlib.reload(importlib.import_module(f"lqe.handlers.{name}.function"))
    return module.lambda_handler({"warm_up": {"tenant": tenant, "world": "w1"}}, Context())


@pytest.mark.parametrize("name", ["submit", "tick", "ticker"])
def test_a_warm_up_makes_the_tenants_session_ahead(
    assumed: list[dict[str, str]], name: str
) -> None:
    warm_up(name, "acme")
    assert assumed == [{"tenant": "acme", "region": "us-east-1"}]
    with pytest.raises(Refused, match="at home in eu-west-1"):
        warm_up(name, "globex")
    assert len(assumed) == 1


@pytest.mark.parametrize(
    ("tenant", "reason"), [("globex", "at home in eu-west-1"), ("initech", "registered")]
)
def test_who_is_at_home_elsewhere_or_nowhere_is_refused(
    assumed: list[dict[str, str]], tenant: str, reason: str
) -> None:
    answer = connect(tenant)
    assert answer["statusCode"] == 403
    assert reason in answer["body"]
    assert assumed == []
    assert boto3.client("dynamodb").scan(TableName=CONNECTIONS)["Items"] == []
