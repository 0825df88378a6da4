"""Tickets over HTTP: who gets one, for what, how many, and why not."""

from typing import Any

import pytest

from lqe.handlers.http.claims import TokenGuard
from lqe.handlers.http.messages import MAX_BODY_BYTES, headers_of
from lqe.ports.tickets import Grant
from tests.handlers.http.asking import Served, json_of, told


def test_a_ticket_opens_the_socket_of_the_player_who_asked(served: Served) -> None:
    answer = served.ticket(session="s1", tenant="local")
    assert answer.status == 201
    given = json_of(answer)
    ticket = given.pop("ticket")
    assert given == {
        "expires_in_s": 60,
        "socket": f"/v1/socket?ticket={ticket}",
        "tenant": "local",
        "world": "w1",
        "player": "ann",
        "session": "s1",
    }
    granted = served.tickets.redeem(ticket, served.clock.us)
    assert granted == Grant("local", "w1", "ann", "s1")


def test_a_ticket_is_not_kept_by_caches(served: Served) -> None:
    assert headers_of(served.ticket())["Cache-Control"] == "no-store"


@pytest.mark.parametrize("none", [{}, {"session": ""}])
def test_without_a_session_a_new_one_begins(served: Served, none: dict[str, str]) -> None:
    assert [json_of(served.ticket(**none))["session"] for _ in range(2)] == ["id1", "id2"]


@pytest.mark.parametrize("none", [{}, {"tenant": ""}])
def test_where_one_tenant_is_served_nobody_has_to_name_it(
    served: Served, none: dict[str, str]
) -> None:
    assert json_of(served.ticket(**none))["tenant"] == "local"


def test_where_several_are_served_the_tenant_is_named() -> None:
    served = Served(tenants=("acme", "globex"))
    assert told(served.ticket()) == (404, "no_tenant")
    assert json_of(served.ticket(tenant="globex"))["tenant"] == "globex"


def test_a_tenant_that_is_not_served_gets_no_ticket(served: Served) -> None:
    assert told(served.ticket(tenant="acme")) == (404, "no_tenant")
    assert len(served.tickets) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"world": "W1"},
        {"world": ""},
        {"world": "w" * 65},
        {"world": 1},
        {"world": None},
        {"player": "a b"},
        {"player": ""},
        {"player": "a\n"},
        {"player": "../ann"},
        {"player": ["ann"]},
        {"session": "s#1"},
        {"session": 5},
        {"session": None},
        {"tenant": "Local"},
        {"tenant": "t" * 41},
        {"tenant": True},
        {"role": "admin"},
    ],
)
def test_a_ticket_for_what_cannot_be_is_refused(served: Served, wrong: dict[str, Any]) -> None:
    assert told(served.ticket(**wrong)) == (400, "malformed")
    assert len(served.tickets) == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"world": "w1"}',
        b'{"player": "ann"}',
        b'{"world": "w1", "player": "\\ud800"}',
        b'{"world": "w1", "player": "ann", "session": NaN}',
        b"\xff\xfe",
        b"[" * 10_000,
    ],
)
def test_a_body_that_is_no_wish_for_a_ticket_is_refused(served: Served, body: bytes) -> None:
    assert told(served.ask("POST", "/v1/tickets", body)) == (400, "malformed")


def test_a_reason_names_the_field_and_what_was_expected(served: Served) -> None:
    assert json_of(served.ask("POST", "/v1/tickets", {"world": "w1"}))["reason"] == (
        "player: Field required"
    )
    assert json_of(served.ticket(world="W 1"))["reason"] == (
        "expected a world name of 1 to 64 of a-z, 0-9 and '-', got 'W 1'"
    )


def test_a_body_may_have_64_kib_and_not_a_byte_more(served: Served) -> None:
    most = b'{"world": "w1", "player": "ann"}'.ljust(MAX_BODY_BYTES)
    assert served.ask("POST", "/v1/tickets", most).status == 201
    assert told(served.ask("POST", "/v1/tickets", most + b" ")) == (413, "too_large")


def test_a_tenant_that_asks_too_fast_waits_and_no_other_does() -> None:
    served = Served(tenants=("acme", "globex"), tickets_per_second=100.0)
    answers = [served.ticket(tenant="acme") for _ in range(101)]
    assert [answer.status for answer in answers[:100]] == [201] * 100
    assert told(answers[100]) == (429, "too_fast")
    assert answers[100].headers["Retry-After"] == "1"
    assert served.ticket(tenant="globex").status == 201
    served.clock.us += 1_000_000
    assert served.ticket(tenant="acme").status == 201


def test_who_has_no_key_does_not_use_up_the_tickets_of_who_has() -> None:
    served = Served(keys={"acme": "right"}, tickets_per_second=100.0)
    for _ in range(200):
        assert told(served.ticket(tenant="acme", key="wrong")) == (403, "wrong_key")
    assert served.ticket(tenant="acme", key="right").status == 201


def test_what_is_refused_to_a_player_does_not_use_up_the_tickets_of_its_tenant() -> None:
    served = Served(guard=TokenGuard(), tickets_per_second=100.0, requests_per_second=10.0)
    served.closed.add("w9")
    ann, bob = claims("ann"), claims("bob")
    answers = [served.ask("POST", "/v1/tickets", wanted("w9"), claims=ann) for _ in range(500)]
    assert told(answers[0]) == (404, "no_world")
    assert told(answers[-1]) == (429, "too_fast"), "and it asks no faster than a player may"
    others = [
        told(served.ask("POST", "/v1/tickets", wanted("w1", "ann"), claims=bob)) for _ in range(64)
    ]
    assert others == [(403, "wrong_player")] * 64
    everybody = claims("backend", "operator")
    issued = [served.ask("POST", "/v1/tickets", wanted("w1"), claims=everybody) for _ in range(101)]
    assert [answer.status for answer in issued[:100]] == [201] * 100
    assert told(issued[100]) == (429, "too_fast")


@pytest.mark.parametrize(
    ("role", "let", "opens"),
    [
        ("player", False, False),
        ("player", True, True),
        ("author", False, True),
        ("operator", False, True),
    ],
)
def test_entering_opens_a_world_for_who_may_open_worlds(
    role: str,
    let: bool,  # noqa: FBT001 - a column of the table
    opens: bool,  # noqa: FBT001 - a column of the table
) -> None:
    served = Served(guard=TokenGuard(), players_open_worlds=let)
    answer = served.ask("POST", "/v1/tickets", wanted("w1"), claims=claims("ann", role))
    assert answer.status == 201
    assert served.entered == [("w1", "ann", opens)]


def claims(player: str, role: str = "player") -> dict[str, Any]:
    return {"tenant": "acme", "player": player, "roles": [role], "sub": player}


def wanted(world: str, player: str = "ann") -> dict[str, str]:
    return {"world": world, "player": player}
