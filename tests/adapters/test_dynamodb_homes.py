"""Where tenants are at home, as the registry wrote it down."""

import uuid
from datetime import UTC, datetime

import pytest

from lqe.adapters.dynamodb.homes import REGISTERED, DynamoHomes
from lqe.adapters.dynamodb.table import Table
from lqe.adapters.dynamodb.tables import EVENTS, create_tables
from lqe.adapters.registry import Quotas, TenantSettings, dynamodb_registries
from lqe.adapters.registry.tenant import Tenant
from lqe.errors import BadInput, Misconfigured
from tests.dynamodb_local import DynamoDBLocal

AT = datetime(2026, 1, 2, tzinfo=UTC)


def test_a_tenants_home_is_the_region_it_was_registered_in(
    dynamodb_local: DynamoDBLocal, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = uuid.uuid4().hex
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    client = dynamodb_local.client(key)
    create_tables(client, [EVENTS])
    where = {"DYNAMODB_ENDPOINT_URL": dynamodb_local.url, "DYNAMODB_REGION": "us-east-1"}
    registries = dynamodb_registries(EVENTS, **where)
    for tenant, region in (("acme", "eu-west-1"), ("globex", "local")):
        registries.register(tenant, TenantSettings(region=region), AT)
    registries.tenant("acme").set_quotas(Quotas(worlds=3), AT)
    homes = DynamoHomes(Table(client, EVENTS))
    assert (homes.of("acme"), homes.of("globex")) == ("eu-west-1", "local")
    with pytest.raises(BadInput, match="no tenant 'initech' is registered"):
        homes.of("initech")


def test_what_is_no_registration_says_no_region(events_table: Table) -> None:
    item = {"pk": {"S": "acme#.registry"}, "sk": {"N": "1"}, "body": {"B": b"x"}}
    events_table.put(item)
    with pytest.raises(Misconfigured, match="the registry of acme cannot be read"):
        DynamoHomes(events_table).of("acme")


def test_a_registration_is_called_as_the_registry_calls_it() -> None:
    assert Tenant.Registered.TOPIC == REGISTERED
