"""The `authorize` function: the REQUEST authorizer of `$connect`.

An error lets nobody in: the service then answers the client 500, and it asks for a new ticket.
"""

from collections.abc import Mapping
from typing import Any

from lqe.adapters.dynamodb.tickets import DynamoTickets, tenant_in
from lqe.errors import Refused
from lqe.handlers.authorize.handler import Authorize
from lqe.handlers.entry import function
from lqe.handlers.gateway import Response
from lqe.handlers.process import Process

_NOBODY = "nobody"


def wire(process: Process) -> Authorize:
    """Return the handler over the process's adapters."""
    table = process.table(process.settings.connections)
    return Authorize(DynamoTickets(table), process.clock)


def respond(process: Process, authorize: Authorize, event: Mapping[str, Any]) -> Response:
    """Let a ticket's player through this one method, and nobody else through any."""
    attested = _attested(process, authorize, event)
    if attested is None:
        process.count("none", "TicketsRefused", 1)
        return _policy(event, _NOBODY, "Deny")
    return _policy(event, attested["player"], "Allow") | {"context": attested}


def _attested(
    process: Process, authorize: Authorize, event: Mapping[str, Any]
) -> Mapping[str, str] | None:
    ticket = str((event.get("queryStringParameters") or {}).get("ticket", ""))
    tenant = tenant_in(ticket)
    if not tenant:
        return None
    try:
        with process.acting.tenant(tenant):
            return authorize.handle(ticket)
    except Refused:
        return None  # nobody of that name is at home here


def _policy(event: Mapping[str, Any], principal: str, effect: str) -> Response:
    statement = {
        "Action": "execute-api:Invoke",
        "Effect": effect,
        "Resource": event["methodArn"],
    }
    return {
        "principalId": principal,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
    }


lambda_handler = function("authorize", wire, respond)
