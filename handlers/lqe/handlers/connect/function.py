"""The `connect` function: `$connect` and `$disconnect` of the WebSocket API."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from lqe.errors import BadInput, Misconfigured, Refused, Unavailable
from lqe.handlers.connect.handler import Connect
from lqe.handlers.entry import function
from lqe.handlers.gateway import OK, Response, connection_in
from lqe.handlers.process import Process
from lqe.wire import accepting


def wire(process: Process) -> Connect:
    """Return the handler of the process."""
    return process.connect


def respond(process: Process, connect: Connect, event: Mapping[str, Any]) -> Response:
    """Take in a connection, or let it go.

    403 for one that nobody attested or whose tenant may do nothing, 429 for one too many in its
    world, 503 to try again.
    """
    leaving = event["requestContext"]["routeKey"] == "$disconnect"
    try:
        # Who leaves may do so also when the ticket has expired.
        connection = connection_in(event, 0 if leaving else process.clock.now_us())
        with process.acting.tenant(connection.tenant):
            if leaving:
                connect.close(connection)
            else:
                with process.admitting(connection.tenant):
                    connect.open(connection)
    except (BadInput, Refused) as error:
        beyond = isinstance(error, Refused) and error.code == "quota_exceeded"
        status = HTTPStatus.TOO_MANY_REQUESTS if beyond else HTTPStatus.FORBIDDEN
        return {"statusCode": status.value, "body": str(error)}
    except Unavailable as error:
        if leaving:
            raise
        if isinstance(error, Misconfigured):
            process.report(connection.tenant, connection.world, error)
        return {"statusCode": HTTPStatus.SERVICE_UNAVAILABLE.value, "body": str(error)}
    finally:
        process.push.drain()
    headers = {} if leaving else accepting(event.get("headers") or {})
    return OK | ({"headers": headers} if headers else {})


lambda_handler = function("connect", wire, respond)
