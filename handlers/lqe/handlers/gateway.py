"""WebSocket events of API Gateway: whose connection it is, who says so, and what to answer."""

import base64
import binascii
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from lqe.closing import LAPSED, Close
from lqe.errors import BadInput, Refused
from lqe.names import check_player, check_tenant, check_world
from lqe.ports.push import Connection, Push
from lqe.ports.tickets import Grant
from lqe.wire import Rejected

Response = dict[str, Any]
OK: Response = {"statusCode": 200}
# The service ends a connection after two hours: nothing that it says is believed for longer.
ATTESTED_S = 2 * 3_600
_SECOND_US = 1_000_000
_ENDS: Final = MappingProxyType(
    {"tenant_disabled": Close.TENANT_DISABLED, "expired": Close.TOKEN_ENDED}
)


def attested(grant: Grant, now_us: int) -> dict[str, str]:
    """Return what an authorizer says of a connection made now, as `connection_in` reads it."""
    return {
        "tenant": grant.tenant,
        "world": grant.world,
        "player": grant.player,
        "session": grant.session,
        "expires": str(now_us // _SECOND_US + ATTESTED_S),
        "until_us": str(grant.until_us),
    }


def connection_in(event: Mapping[str, Any], now_us: int) -> Connection:
    """Return whose connection an event is of, from what the authorizer attested on connecting.

    Raises BadInput if nobody attested it, Refused if that has expired: the authorizer runs when a
    connection is made, and a connection can last two hours.
    """
    context = event.get("requestContext", {})
    attested = context.get("authorizer") or {}
    try:
        expires_us = int(attested.get("expires", 0)) * _SECOND_US
        connection = Connection(
            str(context["connectionId"]),
            check_tenant(str(attested["tenant"])),
            check_world(str(attested["world"])),
            check_player(str(attested["player"])),
            check_player(str(attested["session"])),
            until_us=int(attested.get("until_us", 0)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(
            f"expected a connection that an authorizer attested: {error!r} is missing or no number"
        ) from None
    if expires_us and now_us >= expires_us:
        raise Refused("expired", "the ticket of this connection has expired: connect again")
    if now_us and connection.until_us and now_us >= connection.until_us:
        raise Refused("expired", LAPSED)
    return connection


def refuse(push: Push, connection: str, answer: Rejected) -> None:
    """Say why a message is not taken in; end the connection if none will be."""
    push.send(connection, msgspec.json.encode(answer))
    code = _ENDS.get(answer.code)
    if code is not None:
        push.close(connection, code, answer.reason)


def body_in(event: Mapping[str, Any]) -> bytes:
    """Return the bytes of a message."""
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise BadInput(f"expected base64: {error}") from None
