"""What each route answers, from the ports alone."""

from collections.abc import Awaitable
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from pydantic import BaseModel

from lqe.codec import Codec
from lqe.events import CommandSubmitted
from lqe.ports.objects import archive_name, snapshot_name, snapshots_of
from lqe.ports.tickets import TICKET_LIFE_US, TOKEN_GRACE_US, Grant
from lqe.version import ENGINE_VERSION

from .messages import Response
from .models import (
    HealthShown,
    OfEnding,
    OfReceipts,
    OfSnapshot,
    OfWorld,
    QuarantineShown,
    ReceiptShown,
    ReceiptsShown,
    SnapshotsShown,
    StandingShown,
    TicketIssued,
    TicketWanted,
    UsageShown,
    WorldArchived,
    WorldClosed,
    WorldDeleted,
    WorldOpened,
    WorldShown,
    WorldsShown,
    WorldWanted,
)
from .pages import page_of
from .ports import TenantWorlds
from .problems import Declined, no_world
from .roles import FOR_ANY_PLAYER, OPENING_WORLDS, READING, check_player
from .route import Call

METRICS: Final = "text/plain; version=0.0.4; charset=utf-8"
BYTES: Final = "application/octet-stream"
_SECOND_US: Final = 1_000_000
_COMMAND: Final = str(CommandSubmitted.__struct_config__.tag)
_RECORDS: Final = 2_000  # looked at for one answer


def ticket(call: Call) -> Response:
    """Hand out a ticket for one socket, with a new session if none is resumed."""
    wanted: TicketWanted = call.asked
    check_player(call.who, wanted.player, FOR_ANY_PLAYER)
    opens = call.ports.players_open_worlds or bool(call.who.roles & OPENING_WORLDS)
    call.ports.worlds.tenant(call.tenant).enter(wanted.world, wanted.player, opens=opens)
    call.count()
    session = wanted.session or call.ports.new_id()
    until_us = call.who.until_us + TOKEN_GRACE_US if call.who.until_us else 0
    grant = Grant(call.tenant, wanted.world, wanted.player, session, until_us)
    issued = call.ports.tickets.issue(grant, call.ports.clock.now_us())
    answer = TicketIssued(
        ticket=issued,
        expires_in_s=TICKET_LIFE_US // _SECOND_US,
        socket=f"{call.ports.socket}?ticket={quote(issued, safe='')}",
        tenant=grant.tenant,
        world=grant.world,
        player=grant.player,
        session=grant.session,
    )
    return _made(answer)


def worlds(call: Call) -> Response:
    """Say how far the tenant's worlds are, a page at a time."""
    found = call.ports.worlds.tenant(call.tenant)
    page, more = page_of(found.names(), call.asked.after)
    shown = [WorldShown.model_validate(state) for state in found.states(page)]
    return _found(WorldsShown(worlds=shown, next=more))


def open_world(call: Call) -> Response:
    """Open a world; who asked may send players in at once."""
    asked: WorldWanted = call.asked
    call.count()
    opened = call.ports.worlds.tenant(call.tenant).open(asked.world)
    answer = WorldOpened(tenant=call.tenant, world=asked.world, scenario=call.ports.digest())
    return _made(answer, opened)


def close_world(call: Call) -> Response:
    """End a game; that is on record when this is answered."""
    asked: OfEnding = call.asked
    closed = _there(call).close(asked.world, asked.reason)
    return _found(WorldClosed(tenant=call.tenant, world=asked.world), closed)


def archive_world(call: Call) -> Response:
    """Write a world that has ended into one file."""
    asked: OfWorld = call.asked
    archived = _there(call).archive(asked.world)
    file = archive_name(call.tenant, asked.world)
    return _found(WorldArchived(tenant=call.tenant, world=asked.world, file=file), archived)


def delete_world(call: Call) -> Response:
    """Delete a world that has ended."""
    asked: OfWorld = call.asked
    deleted = _there(call).delete(asked.world)
    return _found(WorldDeleted(tenant=call.tenant, world=asked.world), deleted)


def _there(call: Call) -> TenantWorlds:
    """Return the worlds of a tenant, one of which was asked for and is there."""
    worlds = call.ports.worlds.tenant(call.tenant)
    if not worlds.has(call.asked.world):
        raise no_world(call.asked.world)
    return worlds


def snapshots(call: Call) -> Response:
    """List a world's snapshots; a world that is not there is told from one that has none yet."""
    asked: OfWorld = call.asked
    prefix = snapshots_of(asked.world)
    names = call.ports.objects.tenant(call.tenant).names(prefix)
    if not names and not call.ports.worlds.tenant(call.tenant).has(asked.world):
        raise no_world(asked.world)
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


def receipts(call: Call) -> Response:
    """List the commands of a player that are in a world's log, a page at a time."""
    asked: OfReceipts = call.asked
    check_player(call.who, asked.player, READING)
    if not call.ports.worlds.tenant(call.tenant).has(asked.world):
        raise no_world(asked.world)
    codec, found = Codec(), []
    end = asked.since
    log = call.ports.logs.tenant(call.tenant).world(asked.world)
    for record in log.read(asked.since, asked.since + _RECORDS):
        end = record.position + 1
        if record.name != _COMMAND:
            continue
        event = codec.decode(record.data)
        if isinstance(event, CommandSubmitted) and event.player == asked.player:
            found.append(
                ReceiptShown(session=event.session, seq=event.seq, position=record.position)
            )
    more = end == asked.since + _RECORDS
    return _found(ReceiptsShown(receipts=found, next=end if more else None))


def usage(call: Call) -> Response:
    """Say what was metered of the tenant's worlds, a page at a time."""
    found = call.ports.worlds.tenant(call.tenant)
    page, more = page_of(found.names(), call.asked.after)
    return _found(UsageShown(worlds=found.usage(page), next=more))


def quarantine(call: Call) -> Response:
    """Name those of a page of the tenant's worlds that stand still."""
    found = call.ports.worlds.tenant(call.tenant)
    page, more = page_of(found.names(), call.asked.after)
    standing = [
        StandingShown(world=s.world, position=s.position, tick=s.tick, reason=s.quarantine)
        for s in found.states(page)
        if s.quarantine
    ]
    return _found(QuarantineShown(worlds=standing, next=more))


def release(call: Call) -> Response:
    """Let a world that stands still be folded again; say how it stood."""
    asked: OfWorld = call.asked
    worlds = call.ports.worlds.tenant(call.tenant)
    stood = worlds.release(asked.world)
    if stood is None:
        if not worlds.has(asked.world):
            raise no_world(asked.world)
        reason = f"the world {asked.world!r} does not stand still"
        raise Declined(HTTPStatus.CONFLICT, "not_standing", reason)
    return _found(StandingShown.model_validate(stood))


def scenario(call: Call) -> Response:
    """Describe the scenario that new worlds are opened with."""
    return Response(status=HTTPStatus.OK.value, body=call.documents.scenario())


def health(call: Call) -> Response:
    """Say whether everything works, also by the status: probes look at nothing else."""
    found = call.ports.health()
    problems = list(found.problems)
    answer = HealthShown(
        status="degraded" if problems else "ok",
        engine=ENGINE_VERSION,
        problems=problems,
        notices=list(found.notices),
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


def _made(answer: BaseModel, after: Awaitable[None] | None = None) -> Response:
    body = answer.model_dump_json().encode()
    return Response(status=HTTPStatus.CREATED.value, body=body, after=after)


def _found(answer: BaseModel, after: Awaitable[None] | None = None) -> Response:
    body = answer.model_dump_json().encode()
    return Response(status=HTTPStatus.OK.value, body=body, after=after)
