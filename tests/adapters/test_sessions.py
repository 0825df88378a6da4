"""Sessions of one tenant: tagged, kept, renewed in time, bounded in number."""

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from lqe.adapters.acting import Acting
from lqe.adapters.aws import client as aws_client
from lqe.adapters.aws.scoped import TenantClients
from lqe.adapters.aws.sessions import TenantSessions
from lqe.errors import BadInput, Misconfigured, Refused, Unavailable

START_US = 1_700_000_000_000_000
MINUTE_US = 60_000_000
ROLE = "arn:aws:iam::123456789012:role/lqe-tenant-data"


class Clock:
    us = START_US

    def now_us(self) -> int:
        return self.us


class Sts:
    """Hands out credentials for an hour of the clock's time; with `fault` set it refuses."""

    def __init__(self, clock: Clock) -> None:
        self.asked: list[dict[str, Any]] = []
        self.fault = ""
        self._clock = clock

    def assume_role(self, **asked: Any) -> Any:
        self.asked.append(asked)
        if self.fault:
            raise ClientError({"Error": {"Code": self.fault}}, "AssumeRole")
        ends = datetime.fromtimestamp(self._clock.us / 1e6 + asked["DurationSeconds"], UTC)
        number = len(self.asked)
        token = {"AccessKeyId": f"k{number}", "SecretAccessKey": "s", "SessionToken": "t"}
        return {"Credentials": token | {"Expiration": ends}}


class World:
    def __init__(self, **options: Any) -> None:
        self.clock = Clock()
        self.sts = Sts(self.clock)
        self.made: list[tuple[str, str]] = []
        self.sessions = TenantSessions(
            self.sts, ROLE, lambda _: "eu-west-1", self.clock, client_of=self._client, **options
        )

    def _client(self, service: str, **options: str) -> object:
        self.made.append((service, options["aws_access_key_id"]))
        return object()


def test_a_session_is_tagged_with_its_tenant_and_its_region() -> None:
    world = World()
    world.sessions.client("s3", "acme")
    (asked,) = world.sts.asked
    assert asked["RoleArn"] == ROLE
    assert asked["Tags"] == [
        {"Key": "tenant", "Value": "acme"},
        {"Key": "region", "Value": "eu-west-1"},
    ]


def test_a_tenants_clients_share_a_session_and_are_made_once() -> None:
    world = World()
    for _ in range(3):
        world.sessions.client("s3", "acme")
        world.sessions.client("dynamodb", "acme")
    assert world.made == [("s3", "k1"), ("dynamodb", "k1")]
    assert world.sessions.client("s3", "globex") is not world.sessions.client("s3", "acme")


def test_a_session_is_renewed_ten_minutes_before_it_expires() -> None:
    world = World()
    first = world.sessions.client("s3", "acme")
    world.clock.us += 49 * MINUTE_US
    assert world.sessions.client("s3", "acme") is first
    world.clock.us += 2 * MINUTE_US
    assert world.sessions.client("s3", "acme") is not first
    assert len(world.sts.asked) == 2


def test_a_session_that_cannot_be_renewed_serves_as_long_as_it_is_good() -> None:
    world = World()
    first = world.sessions.client("s3", "acme")
    world.sts.fault = "Throttling"
    world.clock.us += 51 * MINUTE_US
    assert [world.sessions.client("s3", "acme") for _ in range(5)] == [first] * 5
    assert len(world.sts.asked) == 2, "it is not tried again at every call"
    world.clock.us += 9 * MINUTE_US
    with pytest.raises(Unavailable, match="acme"):
        world.sessions.client("s3", "acme")


def test_the_sessions_used_longest_ago_make_room() -> None:
    world = World(most=2)
    for tenant in ("acme", "globex", "acme", "initech", "acme"):
        world.sessions.client("s3", tenant)
    assert len(world.sts.asked) == 3
    world.sessions.client("s3", "globex")
    assert len(world.sts.asked) == 4


def test_a_role_that_may_not_be_assumed_is_a_fault_of_the_deployment() -> None:
    world = World()
    world.sts.fault = "AccessDenied"
    with pytest.raises(Misconfigured, match="deployment"):
        world.sessions.client("s3", "acme")


def test_a_call_of_nobody_reaches_nothing() -> None:
    clients = TenantClients(Acting(), lambda _: None, sessions=World().sessions)
    with pytest.raises(Misconfigured, match="whose call"):
        clients.of("s3")("acme").get_object()


def test_a_handle_that_was_kept_refuses_a_later_call_of_another_tenant() -> None:
    acting = Acting()
    clients = TenantClients(acting, lambda _: None, sessions=World().sessions)
    with acting.tenant("acme"):
        kept = clients.of("s3")("acme")
    with acting.tenant("globex"), pytest.raises(Refused, match="other_tenant"):
        kept.get_object()


def test_no_call_turns_into_one_of_another_tenant() -> None:
    acting = Acting()
    with acting.tenant("acme"), pytest.raises(Refused), acting.tenant("globex"):
        pytest.fail("it did")
    with pytest.raises(BadInput), acting.tenant("acme#"):
        pytest.fail("it did")


def test_credentials_of_a_session_sign_what_its_clients_send(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with mock_aws():
        clock = Clock()
        clock.us = int(datetime.now(UTC).timestamp()) * 1_000_000
        sessions = TenantSessions(aws_client("sts"), ROLE, lambda _: "eu-west-1", clock)
        sent: list[Any] = []
        found = sessions.client("s3", "acme")
        found.meta.events.register("before-send", lambda request, **_: sent.append(request.headers))
        found.list_buckets()
    (headers,) = sent
    assert b"none/" not in headers["Authorization"]
    assert headers["X-Amz-Security-Token"]
