"""The deployed API: the same routes behind API Gateway, from a token to a played world."""

import base64
import json
from typing import Any

import pytest
from msgspec.structs import replace

from lqe.adapters.dynamodb.log import DynamoLogs
from lqe.adapters.registry import Quotas
from lqe.adapters.registry.applications import DeploymentRegistry, TenantRegistry
from lqe.adapters.s3 import S3Objects
from lqe.codec import Codec
from lqe.errors import BadInput, Refused, Unavailable
from lqe.events import WorldOpened
from lqe.handlers.authorize import function as authorize
from lqe.handlers.connect import function as connect
from lqe.handlers.http import function as http
from lqe.ports.objects import snapshot_name, source_name
from lqe.ports.push import Connection
from tests.adapters.cloud import failure, lambda_event
from tests.cloud import BUCKET
from tests.handlers.http.deployed import AT, DeployedApi, declined, shown


def opened(deployed: DeployedApi, world: str = "w1", tenant: str | None = None) -> None:
    shown(deployed.ask("POST", "/v1/worlds", {"world": world}, tenant=tenant), 201)
    deployed.cloud.settle()


def log_of(deployed: DeployedApi, world: str = "w1") -> Any:
    return DynamoLogs(deployed.process.table("lqe-events")).tenant(deployed.own).world(world)


def openings(deployed: DeployedApi) -> int:
    events = [Codec().decode(record.data) for record in log_of(deployed).read()]
    return sum(isinstance(event, WorldOpened) for event in events)


def test_a_world_is_opened_entered_with_a_ticket_and_shown(deployed: DeployedApi) -> None:
    digest = deployed.game.digest
    answer = deployed.ask("POST", "/v1/worlds", {"world": "w1"}, roles=("author",))
    assert shown(answer, 201) == {"tenant": deployed.own, "world": "w1", "scenario": digest}
    # Who was told that it is open can enter at once: the intake keeps the order.
    issued = shown(deployed.ticket(), 201)
    assert issued["socket"].startswith(
        "wss://a.execute-api.eu-central-1.amazonaws.com/live?ticket="
    )
    process = deployed.process
    asked = lambda_event("websocket_authorize")
    asked["queryStringParameters"] = {"ticket": issued["ticket"]}
    allowed = authorize.respond(process, authorize.wire(process), asked)
    context = {"routeKey": "$connect", "connectionId": "c1", "authorizer": allowed["context"]}
    joined = connect.respond(process, connect.wire(process), {"requestContext": context})
    assert joined == {"statusCode": 200}
    deployed.cloud.settle()
    assert deployed.cloud.faults == []
    (world,) = shown(deployed.ask("GET", "/v1/worlds"))["worlds"]
    assert world.items() >= {"world": "w1", "players": 1, "quarantine": ""}.items()
    assert (world["scenario"], world["position"]) == (digest, log_of(deployed).head())


def test_two_worlds_have_different_chance(deployed: DeployedApi) -> None:
    for world in ("w1", "w2"):
        opened(deployed, world)
    seeds = set()
    for world in ("w1", "w2"):
        (record,) = log_of(deployed, world).read(0, 1)
        event = Codec().decode(record.data)
        assert isinstance(event, WorldOpened)
        seeds.add(event.seed)
    assert len(seeds) == 2


def test_the_code_of_a_world_is_kept_with_its_log(deployed: DeployedApi) -> None:
    name = source_name(deployed.game.digest)
    stored = S3Objects(deployed.process.client("s3"), BUCKET).tenant(deployed.own)
    assert stored.get(name) is None
    opened(deployed)
    assert stored.get(name) == deployed.game.stored.get(name)


def test_a_name_is_taken_once(deployed: DeployedApi) -> None:
    opened(deployed)
    again = deployed.ask("POST", "/v1/worlds", {"world": "w1"})
    assert declined(again) == (409, "world_exists")
    deployed.cloud.settle()
    assert openings(deployed) == 1


def test_a_world_that_the_registry_refuses_is_not_opened(
    deployed: DeployedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise Refused("wrong_region", "at home elsewhere")

    monkeypatch.setattr(TenantRegistry, "open_world", refuse)
    answer = deployed.ask("POST", "/v1/worlds", {"world": "w1"})
    assert declined(answer) == (409, "wrong_region")
    deployed.cloud.settle()
    assert log_of(deployed).head() == -1


def test_an_opening_that_broke_off_is_finished_by_asking_again(
    deployed: DeployedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> Any:
        raise failure("ServiceUnavailable", 503)

    with monkeypatch.context() as broken:
        broken.setattr(deployed.cloud.sqs, "send_message_batch", fail)
        answer = deployed.ask("POST", "/v1/worlds", {"world": "w1"})
        assert declined(answer) == (503, "unavailable")
    for _ in range(2):
        shown(deployed.ask("POST", "/v1/worlds", {"world": "w1"}), 201)
    deployed.cloud.settle()
    assert openings(deployed) == 1
    assert len(deployed.cloud.faults) == 1


def test_a_tenant_has_as_many_worlds_as_its_quota_says(deployed: DeployedApi) -> None:
    for world in ("w1", "w2"):
        opened(deployed, world)
    beyond = deployed.ask("POST", "/v1/worlds", {"world": "w3"})
    assert declined(beyond) == (429, "quota_exceeded")
    assert declined(deployed.ticket(world="w3")) == (404, "no_world")


def test_a_world_that_has_its_players_gives_no_ticket_to_another(deployed: DeployedApi) -> None:
    opened(deployed)
    deployed.registries.tenant(deployed.own).set_quotas(Quotas(players_per_world=1), AT)
    deployed.later(2)
    shown(deployed.ticket(), 201)
    here = Connection("c1", deployed.own, "w1", "somebody", "s")
    deployed.cloud.process.connections.add(here, deployed.game.clock.us)
    deployed.process.counted()
    full = deployed.ticket()
    assert declined(full) == (429, "quota_exceeded")
    assert "in one at once, 1: come back" in shown(full, 429)["reason"]
    assert deployed.process.counted() == {(deployed.own, "QuotaExceeded"): 1}
    again = deployed.ask("POST", "/v1/tickets", {"world": "w1", "player": "somebody"})
    shown(again, 201)


def test_a_tenant_that_is_disabled_opens_nothing_and_enters_nothing(deployed: DeployedApi) -> None:
    opened(deployed)
    shown(deployed.ticket(), 201)
    deployed.registries.tenant(deployed.own).disable("not paid", AT)
    answer = deployed.ask("POST", "/v1/worlds", {"world": "w2"})
    assert declined(answer) == (403, "tenant_disabled")
    shown(deployed.ticket(), 201)  # as it was known a moment ago
    deployed.later(2)
    assert declined(deployed.ticket()) == (403, "tenant_disabled")
    deployed.registries.tenant(deployed.own).enable(AT)
    deployed.later(2)
    shown(deployed.ticket(), 201)


def test_there_is_no_ticket_for_a_world_that_is_not_there(deployed: DeployedApi) -> None:
    assert declined(deployed.ticket()) == (404, "no_world")
    opened(deployed, tenant=deployed.other)
    assert declined(deployed.ticket()) == (404, "no_world")


def test_a_world_that_another_process_opened_is_entered_at_once(deployed: DeployedApi) -> None:
    opened(deployed)
    shown(deployed.ticket(), 201)
    deployed.registries.tenant(deployed.own).open_world("w2", AT)
    shown(deployed.ticket(world="w2"), 201)


@pytest.mark.parametrize(
    ("method", "address", "body"),
    [
        ("POST", "/v1/worlds", {"world": "w1"}),
        ("POST", "/v1/tickets", {"world": "w1", "player": "ann"}),
        ("GET", "/v1/worlds", None),
        ("GET", "/v1/usage", None),
        ("GET", "/v1/quarantine", None),
    ],
)
def test_a_tenant_that_is_not_registered_has_nothing_here(
    deployed: DeployedApi, method: str, address: str, body: Any
) -> None:
    answer = deployed.ask(method, address, body, tenant="stranger")
    assert declined(answer) == (404, "no_tenant")
    assert deployed.cloud.faults == []


def test_snapshots_are_listed_and_come_to_the_byte(deployed: DeployedApi) -> None:
    opened(deployed)
    assert shown(deployed.ask("GET", "/v1/worlds/w1/snapshots")) == {"snapshots": [0]}
    answer = deployed.ask("GET", "/v1/worlds/w1/snapshots/0")
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, True)
    assert answer["headers"]["Content-Type"] == "application/octet-stream"
    stored = S3Objects(deployed.cloud.s3, BUCKET).tenant(deployed.own).get(snapshot_name("w1", 0))
    assert base64.b64decode(answer["body"]) == stored
    absent = deployed.ask("GET", "/v1/worlds/w2/snapshots")
    assert declined(absent) == (404, "no_world")


def test_a_snapshot_that_a_function_cannot_answer_is_declined(
    deployed: DeployedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(deployed)
    monkeypatch.setattr(http, "_MOST_BYTES", 200)
    answer = deployed.ask("GET", "/v1/worlds/w1/snapshots/0")
    assert declined(answer) == (501, "too_large_here")


def test_what_was_metered_is_shown_by_world(deployed: DeployedApi) -> None:
    opened(deployed)
    totals = shown(deployed.ask("GET", "/v1/usage"))["worlds"]
    assert totals.keys() == {"w1"}
    other = shown(deployed.ask("GET", "/v1/usage", tenant=deployed.other))
    assert other == {"worlds": {}, "next": None}


def test_a_world_that_stands_still_is_named_and_released(deployed: DeployedApi) -> None:
    opened(deployed)
    assert shown(deployed.ask("GET", "/v1/quarantine")) == {"worlds": [], "next": None}
    cursors = deployed.process.cursors.tenant(deployed.own)
    cursor = cursors.get("w1")
    assert cursors.move("w1", cursor, replace(cursor, quarantine="no code"))
    stood = {"world": "w1", "position": cursor.position, "tick": 0, "reason": "no code"}
    assert shown(deployed.ask("GET", "/v1/quarantine")) == {"worlds": [stood], "next": None}
    assert shown(deployed.ask("POST", "/v1/worlds/w1/release")) == stood
    deployed.cloud.settle()
    assert cursors.get("w1").quarantine == ""
    assert log_of(deployed).head() == cursors.get("w1").position == cursor.position + 1
    again = deployed.ask("POST", "/v1/worlds/w1/release")
    assert declined(again) == (409, "not_standing")
    absent = deployed.ask("POST", "/v1/worlds/w2/release")
    assert declined(absent) == (404, "no_world")


def test_the_scenario_that_is_deployed_is_described(deployed: DeployedApi) -> None:
    answer = deployed.ask("GET", "/v1/scenario", tenant="")
    assert shown(answer)["digest"] == deployed.game.digest
    sockets = shown(deployed.ask("GET", "/v1/asyncapi.json", tenant=""))
    assert sockets["servers"]["sockets"] == {
        "host": "a.execute-api.eu-central-1.amazonaws.com",
        "protocol": "wss",
    }
    assert sockets["channels"]["socket"]["address"] == "/live"


def test_the_document_says_that_a_token_is_needed_and_which_roles_it_has(
    deployed: DeployedApi,
) -> None:
    document = shown(deployed.ask("GET", "/v1/openapi.json", tenant=""))
    (scheme,) = document["components"]["securitySchemes"].values()
    assert (scheme["scheme"], scheme["bearerFormat"]) == ("bearer", "JWT")
    opening = document["paths"]["/v1/worlds"]["post"]
    assert (opening["x-roles"], len(opening["security"])) == (["author", "operator"], 1)


def test_measurements_are_elsewhere_and_the_answer_says_where(deployed: DeployedApi) -> None:
    answer = deployed.ask("GET", "/v1/metrics", tenant="")
    assert declined(answer) == (404, "no_metrics")
    assert "CloudWatch" in answer["body"]


def test_health_says_whether_the_registry_answers(
    deployed: DeployedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shown(deployed.ask("GET", "/v1/health", tenant=""))["status"] == "ok"

    def fail(_: object) -> None:
        raise Unavailable("throttled")

    monkeypatch.setattr(DeploymentRegistry, "check", fail)
    problems = shown(deployed.ask("GET", "/v1/health", tenant=""), 503)["problems"]
    assert problems == ["the registry of tenants does not answer"]


def test_without_a_verified_token_nothing_of_a_tenant_is_answered(deployed: DeployedApi) -> None:
    answer = deployed.ask("GET", "/v1/worlds?tenant=acme", tenant="")
    assert declined(answer) == (401, "no_token")


@pytest.mark.parametrize(
    ("method", "address", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "not_found"),
        ("DELETE", "/v1/worlds", 405, "method_not_allowed"),
        ("POST", "/v1/worlds", 400, "malformed"),
        ("GET", "/v1/worlds/w1/snapshots/x", 400, "malformed"),
        ("GET", "/v1/worlds/W%201/snapshots", 400, "malformed"),
    ],
)
def test_what_cannot_be_answered_is_declined_as_on_every_server(
    deployed: DeployedApi, method: str, address: str, status: int, code: str
) -> None:
    answer = deployed.ask(method, address)
    assert declined(answer) == (status, code)
    assert answer["headers"]["Cache-Control"] == "no-store"
    assert deployed.cloud.faults == []


def test_a_stage_that_has_a_name_is_no_part_of_the_route(deployed: DeployedApi) -> None:
    for path in ("/live/v1/worlds", "/v1/worlds"):
        assert shown(deployed.ask("GET", path, stage="live")) == {"worlds": [], "next": None}


def test_a_body_that_is_no_base64_is_malformed(deployed: DeployedApi) -> None:
    answer = deployed.ask("POST", "/v1/worlds", sent={"body": "???", "isBase64Encoded": True})
    assert declined(answer) == (400, "malformed")


def test_a_body_that_is_text_is_taken_as_it_is(deployed: DeployedApi) -> None:
    body = json.dumps({"world": "w1"})
    answer = deployed.ask("POST", "/v1/worlds", sent={"body": body, "isBase64Encoded": False})
    assert shown(answer, 201)["world"] == "w1"


def test_a_deployment_that_names_no_scenario_does_not_start(deployed: DeployedApi) -> None:
    process = deployed.cloud.cold()
    process.settings = replace(process.settings, scenario="")
    with pytest.raises(BadInput, match="SCENARIO"):
        http.wire(process)
