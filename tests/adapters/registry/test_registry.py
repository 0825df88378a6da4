"""The registry of tenants keeps its rules, on SQLite and on DynamoDB alike."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from eventsourcing.persistence import IntegrityError, OperationalError, ProgrammingError
from eventsourcing.utils import get_topic, resolve_topic
from pydantic import ValidationError

from lqe.adapters.aws import client
from lqe.adapters.dynamodb.eventsourcing.creation import create_table
from lqe.adapters.dynamodb.stream import parse_stream_record
from lqe.adapters.registry import (
    Quotas,
    Registries,
    TenantSettings,
    dynamodb_registries,
    sqlite_registries,
)
from lqe.adapters.registry import registries as module
from lqe.adapters.registry.directory import Directory
from lqe.adapters.registry.tenant import Tenant
from lqe.errors import BadInput, LimitExceeded, Misconfigured, Refused, Unavailable
from tests.dynamodb_local import DynamoDBLocal

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
IRELAND = TenantSettings(region="eu-west-1", quotas=Quotas(worlds=2))
Opener = Callable[[], Registries]


@pytest.fixture(params=["sqlite", "dynamodb"])
def opener(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Opener]:
    """Return what opens the registry as another process would."""
    opened: list[Registries] = []
    server: DynamoDBLocal | None = None
    table = f"events-{uuid.uuid4().hex}"
    if request.param == "dynamodb":
        server = request.getfixturevalue("dynamodb_local")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "registry")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
        create_table(
            client("dynamodb", endpoint_url=server.url, region_name="us-east-1"),
            table,
        )

    def opens() -> Registries:
        if server is None:
            opened.append(sqlite_registries(tmp_path / "data" / "registry.sqlite"))
        else:
            opened.append(
                dynamodb_registries(
                    table, DYNAMODB_ENDPOINT_URL=server.url, DYNAMODB_REGION="us-east-1"
                )
            )
        return opened[-1]

    yield opens
    for registries in opened:
        registries.close()


@pytest.fixture
def registries(opener: Opener) -> Registries:
    return opener()


def test_a_tenant_is_registered_and_listed(registries: Registries) -> None:
    registries.register("zoo", IRELAND, AT)
    registries.register("acme", TenantSettings(region="us-east-1"), AT)
    assert list(registries.deployment.tenants().items()) == [
        ("acme", "us-east-1"),
        ("zoo", "eu-west-1"),
    ]
    tenant = registries.tenant("zoo").get()
    assert (tenant.region, tenant.quotas, tenant.disabled) == ("eu-west-1", IRELAND.quotas, None)


def test_registering_again_changes_nothing(registries: Registries) -> None:
    for _ in range(2):
        registries.register("acme", IRELAND, AT)
    assert registries.deployment.tenants() == {"acme": "eu-west-1"}
    assert registries.tenant("acme").get().version == 1


def test_a_region_is_for_ever(registries: Registries) -> None:
    registries.register("acme", IRELAND, AT)
    with pytest.raises(Refused, match="never changed"):
        registries.register("acme", TenantSettings(region="us-east-1"), AT)
    with pytest.raises(Refused, match="for ever"):
        registries.tenant("acme").register(TenantSettings(region="us-east-1"), AT)


def test_a_registration_that_broke_off_is_completed_by_repeating_it(
    registries: Registries,
) -> None:
    registries.deployment.add("acme", "eu-west-1", AT)
    with pytest.raises(BadInput, match="register it first"):
        registries.tenant("acme").get()
    registries.register("acme", IRELAND, AT)
    assert registries.tenant("acme").get().name == "acme"


def test_worlds_are_listed_sorted_and_by_every_process(opener: Opener) -> None:
    registry = opener().register("acme", IRELAND, AT)
    registry.open_world("winter", AT)
    registry.open_world("autumn", AT)
    assert opener().tenant("acme").worlds() == ["autumn", "winter"]


def test_a_name_of_a_world_is_taken_once(registries: Registries) -> None:
    registry = registries.register("acme", IRELAND, AT)
    registry.open_world("winter", AT)
    with pytest.raises(Refused, match="has a world 'winter'"):
        registry.open_world("winter", AT)
    with pytest.raises(BadInput):
        registry.open_world("no such name", AT)


def test_no_more_worlds_than_the_quota(registries: Registries) -> None:
    registry = registries.register("acme", IRELAND, AT)
    for world in ("one", "two"):
        registry.open_world(world, AT)
    with pytest.raises(LimitExceeded, match="2 worlds of 2: raise its quota"):
        registry.open_world("three", AT)
    registry.set_quotas(Quotas(worlds=3), AT)
    registry.open_world("three", AT)
    assert registry.worlds() == ["one", "three", "two"]


def test_a_disabled_tenant_opens_nothing_until_it_is_enabled(registries: Registries) -> None:
    registry = registries.register("acme", IRELAND, AT)
    registry.disable("unpaid", AT)
    registry.disable("unpaid", AT)
    with pytest.raises(Refused, match="unpaid"):
        registry.open_world("winter", AT)
    registry.enable(AT)
    registry.enable(AT)
    registry.open_world("winter", AT)
    assert registry.get().version == 4


def test_two_processes_cannot_take_the_last_world_twice(opener: Opener) -> None:
    first = opener().register("acme", IRELAND, AT)
    second = opener().tenant("acme")
    first.open_world("one", AT)
    stale = second.get()
    stale.open_world("two", AT)
    first.open_world("three", AT)
    with pytest.raises(IntegrityError):
        second.save(stale)
    with pytest.raises(LimitExceeded):
        second.open_world("two", AT)


def test_the_loser_of_a_race_decides_anew(
    registries: Registries, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = registries.register("acme", IRELAND, AT)
    save, losses = registry.save, [1, 1]

    def loses_twice(tenant: Tenant) -> object:
        if losses:
            losses.pop()
            raise IntegrityError
        return save(tenant)

    monkeypatch.setattr(registry, "save", loses_twice)
    registry.open_world("winter", AT)
    assert registry.worlds() == ["winter"]
    losses.extend([1] * 20)
    with pytest.raises(Unavailable, match="races"):
        registry.open_world("summer", AT)


def test_two_who_register_one_tenant_at_once_both_succeed(
    registries: Registries, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = registries.register("acme", IRELAND, AT)
    get, absent = registry.get, [1]

    def not_yet() -> Tenant:
        if absent:
            absent.pop()
            raise BadInput("not yet")
        return get()

    monkeypatch.setattr(registry, "get", not_yet)
    registry.register(IRELAND, AT)


def test_times_are_those_that_were_given(opener: Opener) -> None:
    registry = opener().register("acme", IRELAND, AT)
    later = AT + timedelta(days=400)
    registry.open_world("winter", later)
    tenant = opener().tenant("acme").get()
    assert (tenant.created_on, tenant.modified_on) == (AT, later)


def test_a_time_without_its_zone_is_refused_and_nothing_is_kept(registries: Registries) -> None:
    tenant = registries.register("acme", IRELAND, AT)
    with pytest.raises(BadInput, match="with its zone"):
        tenant.open_world("w1", AT.replace(tzinfo=None))
    assert tenant.worlds() == []


def test_an_outage_of_the_store_is_said_as_everywhere(
    registries: Registries, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = registries.register("acme", IRELAND, AT)

    def gone(*_: object, **__: object) -> None:
        raise OperationalError("no answer")

    monkeypatch.setattr(tenant.repository, "get", gone)
    with pytest.raises(Unavailable, match="no answer"):
        tenant.worlds()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OperationalError("throttled"), Unavailable),
        (ProgrammingError("no such table"), Misconfigured),
    ],
)
def test_who_looks_after_a_registry_hears_whether_trying_again_helps(
    registries: Registries,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    said: type[Exception],
) -> None:
    def fail() -> None:
        raise error

    registries.deployment.check()
    monkeypatch.setattr(registries.deployment.recorder, "max_notification_id", fail)
    with pytest.raises(said, match=str(error)) as raised:
        registries.deployment.check()
    assert type(raised.value) is said


def test_only_the_registries_that_were_used_last_stay_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_OPEN", 2)
    registries = sqlite_registries(tmp_path / "registry.sqlite")
    acme = registries.register("acme", IRELAND, AT)
    registries.register("globex", IRELAND, AT)
    assert registries.tenant("acme") is acme
    registries.register("zoo", IRELAND, AT)
    assert registries.tenant("acme") is acme
    assert not acme.closing.is_set()
    globex = registries.tenant("globex")
    assert globex.get().name == "globex"
    registries.close()
    assert acme.closing.is_set()


def test_one_tenant_sees_nothing_of_another(registries: Registries) -> None:
    registries.register("acme", IRELAND, AT).open_world("winter", AT)
    assert registries.register("acme-2", IRELAND, AT).worlds() == []
    with pytest.raises(BadInput):
        registries.tenant("acme#w")


def test_names_of_events_are_frozen() -> None:
    events = [Tenant.Registered, Tenant.QuotasSet, Tenant.WorldOpened, Tenant.Disabled]
    events += [Tenant.Enabled, Directory.Opened, Directory.TenantListed]
    topics = [get_topic(event) for event in [Tenant, Directory, *events]]
    assert topics == [
        "lqe.registry.tenant.v1",
        "lqe.registry.directory.v1",
        "lqe.registry.tenant_registered.v1",
        "lqe.registry.quotas_set.v1",
        "lqe.registry.world_opened.v1",
        "lqe.registry.tenant_disabled.v1",
        "lqe.registry.tenant_enabled.v1",
        "lqe.registry.directory_opened.v1",
        "lqe.registry.tenant_listed.v1",
    ]
    assert [resolve_topic(topic) for topic in topics] == [Tenant, Directory, *events]


@pytest.mark.parametrize(
    "settings",
    [
        {"region": "nowhere"},
        {"region": "eu-west-1", "quotas": {"worlds": -1}},
        {"region": "eu-west-1", "quotas": {"worlds": "3"}},
        {"region": "eu-west-1", "colour": "red"},
        {},
    ],
)
def test_settings_that_are_none_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TenantSettings.model_validate(settings)


def test_the_stream_of_the_table_takes_no_registry_for_a_world() -> None:
    for pk in ("acme#.registry", "acme#.registry#.index.v1.0", ".deployment#.registry"):
        change = {"SequenceNumber": "1", "Keys": {"pk": {"S": pk}, "sk": {"N": "1"}}}
        assert parse_stream_record({"eventName": "INSERT", "dynamodb": change}) is None
