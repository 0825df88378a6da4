"""Tokens: whose request it is by verified claims, and what each role may do, row by row."""

from collections.abc import Mapping
from typing import Any

import pytest

from lqe.handlers.http.claims import TokenGuard, identity_in
from lqe.handlers.http.ports import WorldState
from lqe.handlers.http.problems import Declined
from lqe.handlers.http.roles import Role
from lqe.handlers.http.route import Route
from lqe.handlers.http.table import ROUTES
from lqe.names import check_player
from tests.handlers.http.asking import Served, json_of, told

ANN = "7d8ca528-4931-4254-9273-ea5ee853f271"
GUARDED = [route for route in ROUTES if route.guarded]
W1 = WorldState(world="w1", position=7, tick=2_100, scenario="d1", players=2)
# What a row of the table lets in, written down a second time: whoever changes it changes both.
MAY = {
    "create_ticket": {"player", "author", "operator"},
    "list_worlds": {"player", "author", "operator", "auditor", "analyst"},
    "open_world": {"author", "operator"},
    "release_world": {"operator"},
    "close_world": {"operator"},
    "archive_world": {"operator"},
    "delete_world": {"operator"},
    "list_receipts": {"player", "author", "operator", "auditor", "analyst"},
    "list_snapshots": {"author", "operator", "auditor", "analyst"},
    "get_snapshot": {"author", "operator", "auditor", "analyst"},
    "list_quarantine": {"author", "operator", "auditor", "analyst"},
    "get_usage": {"operator", "auditor", "analyst"},
}


def claims(*roles: str, tenant: str = "acme", sub: str = ANN) -> dict[str, Any]:
    return {"custom:tenant": tenant, "cognito:groups": f"[{' '.join(roles)}]", "sub": sub}


@pytest.fixture
def tokens() -> Served:
    """A server whose requests come with the claims of a verified token."""
    served = Served(guard=TokenGuard())
    served.states["acme"] = (W1,)
    return served


def ask(served: Served, route: Route, of: Mapping[str, Any], tenant: str = "") -> Any:
    path = route.path.format(world="w1", tick="0")
    named = {"tenant": tenant} if tenant else {}
    body = {"world": "w2", "player": ANN} if route.name == "create_ticket" else {"world": "w2"}
    if route.has_body:
        return served.ask(route.method, path, body | named, claims=of)
    player = f"&player={ANN}" if route.name == "list_receipts" else ""
    return served.ask(route.method, f"{path}?tenant={tenant}{player}", claims=of)


@pytest.mark.parametrize("role", [*Role, "admin", "Operator", "operators", ""])
@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.name)
def test_a_role_may_do_what_its_row_says_and_nothing_else(
    tokens: Served, route: Route, role: str
) -> None:
    answer = ask(tokens, route, claims(role))
    refused = answer.status == 403
    assert refused is (role not in MAY[route.name])
    if refused:
        assert told(answer) == (403, "wrong_role")


def test_every_row_of_a_tenant_names_its_roles_and_no_other_row_does() -> None:
    assert {route.name for route in GUARDED} == set(MAY)
    assert all(bool(route.roles) is route.guarded for route in ROUTES)


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.name)
def test_a_token_of_one_tenant_is_none_of_another(tokens: Served, route: Route) -> None:
    everything = claims(*Role)
    answers = [ask(tokens, route, everything, tenant) for tenant in ("globex", "nobody")]
    assert told(answers[0]) == (403, "wrong_tenant")
    assert answers[0] == answers[1]
    assert ask(tokens, route, everything, "acme").status != 403


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.name)
def test_without_a_token_nothing_of_a_tenant_is_answered(tokens: Served, route: Route) -> None:
    answer = ask(tokens, route, {})
    assert told(answer) == (401, "no_token")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_header_is_no_token_that_anybody_verified(tokens: Served) -> None:
    headers = {"authorization": "Bearer eyJhbGciOiJub25lIn0.eyJ0ZW5hbnQiOiJhY21lIn0."}
    assert told(tokens.ask("GET", "/v1/worlds", headers=headers)) == (401, "no_token")


@pytest.mark.parametrize(
    "tenant",
    [
        {},
        {"tenant": ""},
        {"tenant": "A"},
        {"tenant": "acme#w1"},
        {"tenant": ["acme"]},
        {"tenant": None},
        {"custom:tenant": "", "tenant": "acme"},
        {"custom:tenant": 5, "tenant": "acme"},
    ],
)
def test_a_token_that_names_no_tenant_is_nobodys(tokens: Served, tenant: dict[str, Any]) -> None:
    of = {"sub": ANN, "roles": ["operator"]} | tenant
    assert told(tokens.ask("GET", "/v1/worlds", claims=of)) == (403, "wrong_tenant")


@pytest.mark.parametrize(
    ("listed", "roles"),
    [
        ({"cognito:groups": "[player operator]"}, {Role.PLAYER, Role.OPERATOR}),
        ({"cognito:groups": ["player"]}, {Role.PLAYER}),
        ({"roles": '["author","analyst"]'}, {Role.AUTHOR, Role.ANALYST}),
        ({"roles": "auditor"}, {Role.AUDITOR}),
        ({"roles": "player auditor"}, {Role.PLAYER, Role.AUDITOR}),
        ({"cognito:groups": "[player]", "roles": "operator"}, {Role.PLAYER}),
        ({"cognito:groups": "[staff,operator]"}, set()),
        ({"cognito:groups": "[not-operator]"}, set()),
        ({"roles": {"operator": True}}, set()),
        ({"roles": [["operator"]]}, set()),
        ({"roles": "\ud800"}, set()),
        ({"roles": None}, set()),
        ({}, set()),
    ],
)
def test_roles_are_read_as_issuers_and_gateways_write_them(
    listed: dict[str, Any], roles: set[Role]
) -> None:
    assert identity_in({"tenant": "acme", "sub": ANN} | listed).roles == roles


def test_a_player_takes_tickets_for_its_own_id_alone(tokens: Served) -> None:
    of = claims("player")
    own = tokens.ask("POST", "/v1/tickets", {"world": "w1", "player": ANN}, claims=of)
    assert json_of(own)["player"] == ANN
    other = tokens.ask("POST", "/v1/tickets", {"world": "w1", "player": "bob"}, claims=of)
    assert told(other) == (403, "wrong_player")
    assert ANN in json_of(other)["reason"]
    assert len(tokens.tickets) == 1


@pytest.mark.parametrize("role", ["author", "operator"])
def test_who_looks_after_games_sends_anybody_in(tokens: Served, role: str) -> None:
    of = claims("player", role)
    answer = tokens.ask("POST", "/v1/tickets", {"world": "w1", "player": "bot-1"}, claims=of)
    assert json_of(answer)["player"] == "bot-1"


def test_a_token_of_nobody_takes_no_ticket(tokens: Served) -> None:
    of = {"tenant": "acme", "roles": "player"}
    answer = tokens.ask("POST", "/v1/tickets", {"world": "w1", "player": "ann"}, claims=of)
    assert told(answer) == (403, "wrong_player")


@pytest.mark.parametrize(
    ("named", "player"),
    [
        ({"sub": ANN}, ANN),
        ({"sub": ANN, "custom:player": "p.1"}, "p.1"),
        ({"sub": ANN, "player": "p.2"}, "p.2"),
        ({"sub": ANN, "player": "no id"}, ANN),
    ],
)
def test_a_pseudonym_is_taken_as_it_is(named: dict[str, str], player: str) -> None:
    assert identity_in({"tenant": "acme"} | named).player == player


@pytest.mark.parametrize("sub", ["ann", "ann@example.com", "auth0|5f7c", "\ud800", "x" * 5_000])
def test_what_may_be_a_name_is_in_no_id_made_of_it(sub: str) -> None:
    of = {"tenant": "acme", "iss": "https://issuer.example", "sub": sub}
    made = identity_in(of).player
    assert check_player(made).startswith("p-")
    assert sub not in made
    assert identity_in(of).player == made
    others = [of | {"tenant": "globex"}, of | {"iss": "https://other.example"}, of | {"sub": "b"}]
    assert made not in [identity_in(other).player for other in others]


def test_claims_that_name_nobody_are_declined_and_no_fault() -> None:
    with pytest.raises(Declined):
        identity_in({"sub": ANN})
