"""The authorizer of sockets: a ticket lets its player in once, and nothing else lets anybody in."""

from typing import Any

import pytest

from lqe.adapters.dynamodb.tickets import DynamoTickets
from lqe.closing import Close
from lqe.errors import BadInput, Refused, Unavailable
from lqe.handlers.authorize import function as authorize
from lqe.handlers.gateway import ATTESTED_S, connection_in
from lqe.handlers.submit import function as submit
from lqe.handlers.view import function as view
from lqe.ports.tickets import TICKET_LIFE_US, Grant
from tests.adapters.cloud import failure, lambda_event
from tests.cloud import Cloud
from tests.handlers.test_cloud import heard

ANN = Grant("acme", "w1", "ann", "s1")
CONNECT = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/live/$connect"


def ticket_for(cloud: Cloud, grant: Grant = ANN) -> str:
    tickets = DynamoTickets(cloud.process.table("lqe-connections"))
    return tickets.issue(grant, cloud.process.clock.now_us())


def ask(cloud: Cloud, query: Any) -> Any:
    event = lambda_event("websocket_authorize") | {"queryStringParameters": query}
    return authorize.respond(cloud.process, authorize.wire(cloud.process), event)


def effect(answer: Any) -> str:
    """Return the effect of an answer, which is about `$connect` and nothing else."""
    (statement,) = answer["policyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("execute-api:Invoke", CONNECT)
    return str(statement["Effect"])


def test_a_ticket_lets_its_player_in_and_says_whose_connection_it_is(cloud: Cloud) -> None:
    answer = ask(cloud, {"ticket": ticket_for(cloud)})
    assert (effect(answer), answer["principalId"]) == ("Allow", "ann")
    event = {"requestContext": {"connectionId": "c1", "authorizer": answer["context"]}}
    now_us = cloud.process.clock.now_us()
    connection = connection_in(event, now_us)
    named = (connection.tenant, connection.world, connection.player, connection.session)
    assert named == ("acme", "w1", "ann", "s1")
    with pytest.raises(Refused, match="connect again"):
        connection_in(event, now_us + ATTESTED_S * 1_000_000)


def test_what_is_said_of_a_connection_is_text_as_the_service_wants_it(cloud: Cloud) -> None:
    context = ask(cloud, {"ticket": ticket_for(cloud)})["context"]
    assert all(isinstance(value, str) for value in context.values())


def test_a_ticket_lets_nobody_in_a_second_time(cloud: Cloud) -> None:
    ticket = ticket_for(cloud)
    assert [effect(ask(cloud, {"ticket": ticket})) for _ in range(2)] == ["Allow", "Deny"]


def test_a_ticket_that_is_too_old_lets_nobody_in(cloud: Cloud, game: Any) -> None:
    ticket = ticket_for(cloud)
    game.clock.us += TICKET_LIFE_US
    assert effect(ask(cloud, {"ticket": ticket})) == "Deny"


@pytest.mark.parametrize(
    "query", [None, {}, {"ticket": ""}, {"ticket": "x"}, {"ticket": None}, {"ticket": ["x"]},
              {"ticket": "acme." + "A" * 32}, {"Ticket": "x"}],
)  # fmt: skip
def test_without_a_ticket_nobody_is_let_in(cloud: Cloud, query: Any) -> None:
    answer = ask(cloud, query)
    assert (effect(answer), answer["principalId"]) == ("Deny", "nobody")
    assert "context" not in answer


def test_a_table_that_does_not_answer_lets_nobody_in(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = ticket_for(cloud)

    def fail(**_: Any) -> Any:
        raise failure("InternalServerError", 500)

    monkeypatch.setattr(cloud.dynamodb, "delete_item", fail)
    with pytest.raises(Unavailable):
        ask(cloud, {"ticket": ticket})


def test_a_connection_that_nobody_let_in_is_none(cloud: Cloud) -> None:
    context = {"connectionId": "c1", "authorizer": ask(cloud, {}).get("context")}
    with pytest.raises(BadInput):
        connection_in({"requestContext": context}, cloud.process.clock.now_us())


def test_a_connection_ends_with_the_token_of_its_ticket(cloud: Cloud) -> None:
    now_us = cloud.process.clock.now_us()
    until_us = now_us + 50_000_000
    grant = Grant("acme", "w1", "ann", "s1", until_us)
    context = ask(cloud, {"ticket": ticket_for(cloud, grant)})["context"]
    event = {"requestContext": {"connectionId": "c1", "authorizer": context}}
    connection = connection_in(event, until_us - 1)
    assert connection.until_us == until_us
    cloud.process.connections.add(connection, now_us)
    assert cloud.process.connections.of("acme", "w1") == [connection]
    with pytest.raises(Refused, match="fresh"):
        connection_in(event, until_us)
    assert connection_in(event, 0) == connection, "who leaves may do so"


@pytest.mark.parametrize("function", [submit, view])
def test_who_says_something_after_the_token_has_ended_is_told_and_closed(
    cloud: Cloud, function: Any
) -> None:
    attested = {"tenant": "acme", "world": "w1", "player": "ann", "session": "s", "until_us": "1"}
    event = {"requestContext": {"connectionId": "c1", "requestId": "r", "authorizer": attested}}
    function.respond(cloud.process, function.wire(cloud.process), event)
    rejected, closing = heard(cloud, "c1")
    assert (rejected["type"], rejected["code"]) == ("rejected", "expired")
    assert (closing["type"], closing["code"]) == ("closing", Close.TOKEN_ENDED)
    assert cloud.gateway.gone == {"c1"}
