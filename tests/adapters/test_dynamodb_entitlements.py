"""What a tenant may do, as the registry says, some seconds late at most."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import boto3
import pytest

from lqe.adapters.dynamodb import entitlements as module
from lqe.adapters.dynamodb.entitlements import (
    DISABLED,
    ENABLED,
    KNOWN_FOR_US,
    QUOTAS_SET,
    DynamoEntitlements,
)
from lqe.adapters.dynamodb.table import Table, number
from lqe.adapters.dynamodb.tables import EVENTS, create_tables
from lqe.adapters.registry import Quotas, Registries, TenantSettings, dynamodb_registries
from lqe.adapters.registry.tenant import Tenant
from lqe.errors import Misconfigured, Refused, Unavailable
from tests.adapters.test_dynamodb_throttled import Failing
from tests.dynamodb_local import DynamoDBLocal
from tests.recorded import SteppingClock
from tests.registered import registration, registry_item
from tests.simulation.aws.errors import refusal

AT = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def table(dynamodb_local: DynamoDBLocal, monkeypatch: pytest.MonkeyPatch) -> Table:
    """The table of a cloud of its own, which the library's clients find too."""
    key = uuid.uuid4().hex
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    client = dynamodb_local.client(key)
    create_tables(client, [EVENTS])
    return Table(client, EVENTS)


@pytest.fixture
def registries(table: Table, dynamodb_local: DynamoDBLocal) -> Iterator[Registries]:
    """The registry as an operator writes it, with one tenant."""
    where = {"DYNAMODB_ENDPOINT_URL": dynamodb_local.url, "DYNAMODB_REGION": "us-east-1"}
    registries = dynamodb_registries(table.name, **where)
    registries.register("acme", TenantSettings(region="local"), AT)
    yield registries
    registries.close()


@pytest.fixture
def found(table: Table, clock: SteppingClock) -> DynamoEntitlements:
    return DynamoEntitlements(table, clock)


def test_quotas_are_those_that_were_set_last(
    registries: Registries, found: DynamoEntitlements, clock: SteppingClock
) -> None:
    default = Quotas()
    assert found.commands_per_second("acme") == default.commands_per_second
    registry = registries.tenant("acme")
    registry.open_world("w1", AT)
    registry.set_quotas(Quotas(players_per_world=3, commands_per_second=7), AT)
    assert found.players_per_world("acme") == default.players_per_world
    clock.us += KNOWN_FOR_US
    assert (found.players_per_world("acme"), found.commands_per_second("acme")) == (3, 7)


def test_a_tenant_that_is_disabled_is_refused_until_it_is_enabled(
    registries: Registries, found: DynamoEntitlements, clock: SteppingClock
) -> None:
    found.check_enabled("acme")
    registries.tenant("acme").disable("not paid", AT)
    clock.us += KNOWN_FOR_US
    with pytest.raises(Refused, match="acme is disabled: not paid") as refused:
        found.check_enabled("acme")
    assert refused.value.code == "tenant_disabled"
    registries.tenant("acme").enable(AT)
    clock.us += KNOWN_FOR_US
    found.check_enabled("acme")


def test_what_is_known_is_read_again_only_where_it_goes_on(
    events_table: Table, clock: SteppingClock
) -> None:
    events_table.put(registration("globex", 5, 9))
    found = DynamoEntitlements(events_table, clock)
    for _ in range(100):
        assert found.commands_per_second("globex") == 9
    first = events_table.spent.reads
    clock.us += KNOWN_FOR_US
    assert found.commands_per_second("globex") == 9
    assert events_table.spent.reads <= 2 * first


def test_a_tenant_that_nobody_registered_has_no_entitlement(
    events_table: Table, clock: SteppingClock
) -> None:
    found = DynamoEntitlements(events_table, clock)
    assert found.of("acme") is None
    assert found.players_per_world("acme") is None
    found.check_enabled("acme")


def test_what_was_known_holds_while_the_registry_does_not_answer(
    events_table: Table, clock: SteppingClock
) -> None:
    events_table.put(registration("acme", 5, 9))
    found = DynamoEntitlements(events_table, clock)
    assert found.commands_per_second("acme") == 9
    found._table = Table(Failing(refusal("Query", "ThrottlingException")), EVENTS)
    clock.us += KNOWN_FOR_US
    assert found.commands_per_second("acme") == 9
    with pytest.raises(Unavailable):
        found.of("globex")


@pytest.mark.parametrize(
    "item",
    [
        registry_item("acme", 1, "lqe.registry.tenant_registered.v1", {"region": "local"}),
        {"pk": {"S": "acme#.registry"}, "sk": number(1), "body": {"B": b"x"}},
        {"pk": {"S": "acme#.registry"}, "sk": number(1)},
    ],
    ids=["quotas", "bytes", "nothing"],
)
def test_a_registry_that_cannot_be_read_is_said_to_be_so(
    events_table: Table, clock: SteppingClock, item: dict[str, object]
) -> None:
    events_table.put(item)
    with pytest.raises(Misconfigured, match="the registry of acme cannot be read"):
        DynamoEntitlements(events_table, clock).of("acme")


def test_events_are_called_as_the_registry_calls_them() -> None:
    assert (Tenant.QuotasSet.TOPIC, Tenant.Disabled.TOPIC, Tenant.Enabled.TOPIC) == (
        QUOTAS_SET,
        DISABLED,
        ENABLED,
    )
    assert set(module.Quotas.__struct_fields__) <= set(Quotas.model_fields)
