"""What each route answers, from the ports alone."""

from http import HTTPStatus
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from pydantic import BaseModel

from lqe.ports.objects import snapshot_name, snapshots_of
from lqe.ports.tickets import TICKET_LIFE_US, Grant
from lqe.version import ENGINE_VERSION

from .asyncapi import SOCKET
from .messages import Response
from .models import (
    HealthShown,
    OfSnapshot,
    OfWorld,
    SnapshotsShown,
    TicketIssued,
    TicketWanted,
    WorldShown,
    WorldsShown,
)
from .problems import Declined
from .route import Call

METRICS: Final = "text/plain; version=0.0.4; charset=utf-8"
BYTES: Final = "application/octet-stream"
_SECOND_US: Final = 1_000_000
_NOT_KEPT: Final = MappingProxyType({"Cache-Control": "no-store"})


def ticket(call: Call) -> Response:
    """Hand out a ticket for one socket, with a new session if none is resumed."""
    wanted: TicketWanted = call.asked
    session = wanted.session or call.ports.new_id()
    grant = Grant(call.tenant, wanted.world, wanted.player, session)
    issued = call.ports.tickets.issue(grant, call.ports.clock.now_us())
    answer = TicketIssued(
        ticket=issued,
        expires_in_s=TICKET_LIFE_US // _SECOND_US,
        socket=f"{SOCKET}?ticket={quote(issued, safe='')}",
        tenant=grant.tenant,
        world=grant.world,
        player=grant.player,
        session=grant.session,
    )
    body = answer.model_dump_json().encode()
    return Response(status=HTTPStatus.CREATED.value, body=body, headers=_NOT_KEPT)


def worlds(call: Call) -> Response:
    """Say how far the tenant's worlds are."""
    shown = [WorldShown.model_validate(state) for state in call.ports.worlds(call.tenant)]
    return _found(WorldsShown(worlds=shown))


def snapshots(call: Call) -> Response:
    """List a world's snapshots; a world that is not there is told from one that has none yet."""
    asked: OfWorld = call.asked
    prefix = snapshots_of(asked.world)
    names = call.ports.objects.tenant(call.tenant).names(prefix)
    if not names and all(state.world != asked.world for state in call.ports.worlds(call.tenant)):
        raise Declined(HTTPStatus.NOT_FOUND, "no_world", f"there is no world {asked.world!r}")
    return _found(SnapshotsShown(snapshots=[int(name.removeprefix(prefix)) for name in names]))


def snapshot(call: Call) -> Response:
    """Return a snapshot as it is stored."""
    asked: OfSnapshot = call.asked
    name = snapshot_name(asked.world, asked.tick)
    data = call.ports.objects.tenant(call.tenant).get(name)
    if data is None:
        reason = f"the world {asked.world!r} has no snapshot at tick {asked.tick}"
        raise Declined(HTTPStatus.NOT_FOUND, "no_snapshot", reason)
    return Response(status=HTTPStatus.OK.value, body=data, content_type=BYTES)


def scenario(call: Call) -> Response:
    """Describe the scenario that new worlds are opened with."""
    return Response(status=HTTPStatus.OK.value, body=call.documents.scenario())


def health(call: Call) -> Response:
    """Say whether everything works, also by the status: probes look at nothing else."""
    problems = list(call.ports.health().problems)
    answer = HealthShown(
        status="degraded" if problems else "ok", engine=ENGINE_VERSION, problems=problems
    )
    status = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
    return Response(status=status.value, body=answer.model_dump_json().encode())


def metrics(call: Call) -> Response:
    """Return the runtime's measurements."""
    return Response(status=HTTPStatus.OK.value, body=call.ports.metrics(), content_type=METRICS)


def openapi(call: Call) -> Response:
    """Return the document of these routes."""
    return Response(status=HTTPStatus.OK.value, body=call.documents.openapi())


def asyncapi(call: Call) -> Response:
    """Return the document of the socket."""
    return Response(status=HTTPStatus.OK.value, body=call.documents.asyncapi())


def _found(answer: BaseModel) -> Response:
    return Response(status=HTTPStatus.OK.value, body=answer.model_dump_json().encode())
