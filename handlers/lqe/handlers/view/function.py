"""The `view` function: a client that joins late, comes back, or lost track."""

from collections.abc import Mapping
from typing import Any

import msgspec

from lqe.errors import BadInput, Refused, Unavailable
from lqe.handlers.entry import function
from lqe.handlers.folding import tell_of, worlds_of
from lqe.handlers.gateway import OK, Response, connection_in, refuse
from lqe.handlers.process import Process
from lqe.handlers.submit.rate import Rates
from lqe.handlers.submit.shared import rates_of
from lqe.handlers.view.handler import ViewHandler
from lqe.profile import numeric_profile
from lqe.wire import Rejected


class Viewing(msgspec.Struct, frozen=True):
    """What answers, and the rates at which it may be asked."""

    view: ViewHandler
    rates: Rates


def wire(process: Process) -> Viewing:
    """Return the handler over the process's adapters."""
    worlds = worlds_of(process, numeric_profile(), attests=False)
    view = ViewHandler(worlds, tell_of(process), process.report, follows=False)
    return Viewing(view, rates_of(process))


def respond(process: Process, viewing: Viewing, event: Mapping[str, Any]) -> Response:
    """Send the whole view to the connection that asks for it."""
    asked_by = str(event["requestContext"]["connectionId"])
    try:
        connection = connection_in(event, process.clock.now_us())
        # This view is at once, and no delta follows on it: those are of another process, which
        # begins anew with a view of its own.
        tenant = connection.tenant
        with process.acting.tenant(tenant), process.admitting(tenant):
            viewing.rates.check(connection, 0)
            process.connections.ask(connection)
            viewing.view.handle(connection)
    except BadInput as error:
        refuse(process.push, asked_by, Rejected("malformed", str(error)))
    except Refused as error:
        refuse(process.push, asked_by, Rejected(error.code, error.reason))
    except Unavailable as error:
        refuse(process.push, asked_by, Rejected("unavailable", str(error)))
    process.push.drain()
    return OK


lambda_handler = function("view", wire, respond)
