"""The `submit` function: commands and heartbeats from a WebSocket."""

from collections.abc import Mapping
from typing import Any

import msgspec

from lqe.errors import BadInput, Misconfigured, Refused, ScenarioError, Unavailable
from lqe.handlers.connect.handler import Connect
from lqe.handlers.entry import function
from lqe.handlers.gateway import OK, Response, body_in, connection_in, refuse
from lqe.handlers.process import Process
from lqe.handlers.submit.handler import Answer, Submit
from lqe.handlers.submit.scenarios import InForce
from lqe.handlers.submit.shared import rates_of
from lqe.handlers.warming import WarmUp
from lqe.ports.push import Connection
from lqe.wire import Rejected, ViewWanted


class Edge(msgspec.Struct, frozen=True):
    """What a message can come to: commands for the intake, and a sign of life.

    `in_force` is the code that commands are checked against.
    """

    submit: Submit
    connect: Connect
    in_force: InForce


def wire(process: Process) -> Edge:
    """Return the handlers over the process's adapters."""
    in_force = InForce(process.cursors, process.code_of, process.clock)
    return Edge(Submit(process.intake, in_force, rates_of(process)), process.connect, in_force)


def get_ready(process: Process, edge: Edge, asked: WarmUp) -> None:
    """Learn what the tenant may do, and load the code of the world."""
    process.entitlements.check_enabled(asked.tenant)
    edge.in_force(asked.tenant, asked.world)


def respond(process: Process, edge: Edge, event: Mapping[str, Any]) -> Response:
    """Queue a frame's commands; what is wrong with it is said on the socket.

    A socket is closed when its tenant may do nothing, or its token has ended: its client hears no
    more of the world.
    """
    asked_by = str(event["requestContext"]["connectionId"])
    try:
        connection = connection_in(event, process.clock.now_us())
        with process.acting.tenant(connection.tenant):
            answer = _answer(process, edge, connection, event)
    except BadInput as error:
        answer = Rejected("malformed", str(error))
    except Refused as error:
        answer = Rejected(error.code, error.reason)
    if isinstance(answer, Rejected):
        refuse(process.push, asked_by, answer)
        process.push.drain()
    return OK


def _answer(
    process: Process, edge: Edge, connection: Connection, event: Mapping[str, Any]
) -> Answer:
    """Return what is said about a message, if anything."""
    answer: Answer
    try:
        process.entitlements.check_enabled(connection.tenant)
        _note(process, edge, connection)
        request = str(event["requestContext"]["requestId"])
        answer = edge.submit.handle(connection, body_in(event), request)
    except Refused as error:
        answer = Rejected(error.code, error.reason)
    except Unavailable as error:
        if isinstance(error, Misconfigured):
            process.report(connection.tenant, connection.world, error)
        answer = Rejected(
            "unavailable", "it is not known whether this was recorded: send it again, with its seq"
        )
    except ScenarioError as error:
        process.report(connection.tenant, connection.world, error)
        answer = Rejected("unavailable", "the code of this world is not here; it is looked after")
    if isinstance(answer, ViewWanted):
        answer = Rejected("malformed", "views are answered on the route `view`")
    if isinstance(answer, Rejected):
        process.refused(connection.tenant, answer.code)
    return answer


def _note(process: Process, edge: Edge, connection: Connection) -> None:
    """Note that a client is there; what fails now is done when it is next heard."""
    try:
        edge.connect.heard(connection)
    except Misconfigured as error:
        process.report(connection.tenant, connection.world, error)
    except Unavailable:
        return


lambda_handler = function("submit", wire, respond, get_ready)
