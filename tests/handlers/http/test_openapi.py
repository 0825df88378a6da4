"""The OpenAPI document: valid, whole, and what the server really answers."""

from typing import Any

import jsonschema_rs
import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from lqe import names
from lqe.handlers.http.claims import TOKEN_SCHEME
from lqe.handlers.http.messages import Response
from lqe.handlers.http.models import OfTenant
from lqe.handlers.http.openapi import openapi_document
from lqe.handlers.http.ports import Health, WorldState
from lqe.handlers.http.table import ROUTES
from lqe.handlers.http.tenants import KEY_SCHEME, Scheme
from lqe.ports.objects import snapshot_name
from tests.handlers.http.asking import KEYS, Served, json_of

KEY = KEYS["acme"]
BODIES = {
    "create_ticket": {"tenant": "acme", "world": "w1", "player": "ann"},
    "open_world": {"tenant": "acme", "world": "w2"},
}


def validator(document: dict[str, Any], schema: dict[str, Any]) -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator(schema | {"components": document["components"]})


def documented(document: dict[str, Any], path: str, method: str, answer: Response) -> None:
    """Fail unless an answer is one that the document has, to its last field."""
    found = document["paths"][path][method.lower()]["responses"][str(answer.status)]
    media = found["content"][answer.content_type.partition(";")[0]]
    if "schema" in media:
        validator(document, media["schema"]).validate(msgspec.json.decode(answer.body))


@pytest.fixture
def whole(keyed: Served) -> Served:
    """A server that has something to answer on every route."""
    keyed.states["acme"] = (
        WorldState(world="w1", position=1, tick=2, scenario="d1", players=3, quarantine="no code"),
    )
    keyed.objects.tenant("acme").put(snapshot_name("w1", 0), b"snapshot")
    return keyed


@pytest.mark.parametrize("scheme", [None, KEY_SCHEME, TOKEN_SCHEME])
def test_the_document_is_valid(scheme: Scheme | None) -> None:
    OpenAPIV31SpecValidator(openapi_document(ROUTES, scheme)).validate()


@pytest.mark.parametrize("what", ["operationId", "responses"])
def test_a_spoiled_document_is_not_valid(what: str) -> None:
    document = openapi_document(ROUTES, KEY_SCHEME)
    document["paths"]["/v1/worlds"]["get"][what] = {"spoiled": {}}
    assert list(OpenAPIV31SpecValidator(document).iter_errors())


def test_the_document_that_is_served_is_the_one_of_the_table(served: Served) -> None:
    document = openapi_document(ROUTES, None)
    assert json_of(served.get("/v1/openapi.json")) == document
    there = {(path, method) for path, rows in document["paths"].items() for method in rows}
    assert there == {(route.path, route.method.lower()) for route in ROUTES}


def test_only_what_is_a_tenants_asks_for_a_key() -> None:
    rows = openapi_document(ROUTES, KEY_SCHEME)["paths"]
    secured = {path for path, methods in rows.items() if "security" in str(methods)}
    assert secured == {route.path for route in ROUTES if route.guarded}
    assert "security" not in str(openapi_document(ROUTES, None))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_what_is_answered_is_what_the_document_says(whole: Served, route: Any) -> None:
    document = json_of(whole.get("/v1/openapi.json"))
    path = route.path.format(world="w1", tick="0")
    body = BODIES.get(route.name, b"")
    assert bool(body) is route.has_body
    query = "?tenant=acme" if route.guarded and not route.has_body else ""
    query += "&player=ann" if route.name == "list_receipts" else ""
    answer = whole.ask(route.method, path + query, body, key=KEY)
    assert answer.status == route.status
    documented(document, route.path, route.method, answer)
    asked = [b"{", body] if route.has_body else [b""]
    for wrong in asked:
        for key in ("", "wrong", KEY):
            answer = whole.ask(route.method, f"{path}?tenant=x&more=1", wrong, key=key)
            documented(document, route.path, route.method, answer)
    documented(document, route.path, route.method, whole.ask(route.method, path, b" " * 70_000))


def test_a_degraded_server_answers_as_the_document_says(served: Served) -> None:
    served.health = Health(("fold",))
    document = json_of(served.get("/v1/openapi.json"))
    documented(document, "/v1/health", "GET", served.get("/v1/health"))


@pytest.mark.parametrize(
    ("given", "valid"),
    [
        ({"world": "w1", "player": "ann"}, True),
        ({"world": "w1", "player": "ann", "session": "", "tenant": ""}, True),
        ({"world": "w1", "player": "ann", "session": "s.1:2_3-4", "tenant": "local"}, True),
        ({"world": "w 1", "player": "ann"}, False),
        ({"world": "w1", "player": "an n"}, False),
        ({"world": "w1", "player": "ann", "session": "#"}, False),
        ({"world": "w1", "player": "ann", "tenant": "T"}, False),
        ({"world": "w1", "player": "ann", "more": 1}, False),
        ({"world": "w1"}, False),
        ({"world": 1, "player": "ann"}, False),
    ],
)
def test_the_document_and_the_server_agree_about_tickets(
    served: Served, given: dict[str, Any], *, valid: bool
) -> None:
    document = json_of(served.get("/v1/openapi.json"))
    wanted = validator(document, {"$ref": "#/components/schemas/TicketWanted"})
    assert wanted.is_valid(given) is valid
    assert (served.ask("POST", "/v1/tickets", given).status == 201) is valid


def test_names_in_the_document_are_as_long_as_names_are() -> None:
    rows = openapi_document(ROUTES, KEY_SCHEME)["paths"]["/v1/worlds/{world}/snapshots/{tick}"]
    asked = {each["name"]: each for each in rows["get"]["parameters"]}
    assert asked["world"]["schema"]["pattern"] == f"^{names.WORLD_PATTERN}$"
    assert asked["tenant"]["schema"]["pattern"] == f"^({names.TENANT_PATTERN})?$"
    assert {name: each["in"] for name, each in asked.items()} == {
        "tenant": "query",
        "world": "path",
        "tick": "path",
    }
    assert all(asked[name]["required"] is True for name in ("world", "tick"))
    assert asked["tick"]["schema"]["type"] == "integer"


def test_every_route_about_a_tenant_is_guarded() -> None:
    of_tenants = [route for route in ROUTES if route.asks and issubclass(route.asks, OfTenant)]
    assert all(route.guarded for route in of_tenants)
    assert {route.name for route in ROUTES if not route.guarded} == {
        "get_scenario",
        "get_health",
        "get_metrics",
        "get_openapi",
        "get_asyncapi",
    }
