"""The table of routes: every server answers by it, and the OpenAPI document is made from it."""

from http import HTTPStatus
from typing import Final

from . import answers
from .models import (
    HealthShown,
    OfSnapshot,
    OfTenant,
    OfWorld,
    QuarantineShown,
    ScenarioShown,
    SnapshotsShown,
    StandingShown,
    TicketIssued,
    TicketWanted,
    UsageShown,
    WorldOpened,
    WorldsShown,
    WorldWanted,
)
from .roles import EVERY_ROLE, Role
from .route import Route

_SNAPSHOTS: Final = "/v1/worlds/{world}/snapshots"
_PLAYING: Final = frozenset({Role.PLAYER, Role.AUTHOR, Role.OPERATOR})
_MAKING: Final = frozenset({Role.AUTHOR, Role.OPERATOR})
# A snapshot has everything in it, also what players may not see of each other.
_READING: Final = EVERY_ROLE - {Role.PLAYER}
_COUNTING: Final = frozenset({Role.OPERATOR, Role.AUDITOR, Role.ANALYST})

ROUTES: Final = (
    Route(
        method="POST",
        path="/v1/tickets",
        name="create_ticket",
        summary="A ticket that opens one socket of a player in a world.",
        asks=TicketWanted,
        answers=TicketIssued,
        status=HTTPStatus.CREATED.value,
        handler=answers.ticket,
        roles=_PLAYING,
        rated=True,
        declines=(HTTPStatus.NOT_FOUND.value,),
    ),
    Route(
        method="GET",
        path="/v1/worlds",
        name="list_worlds",
        summary="The worlds of a tenant, and how far each is.",
        asks=OfTenant,
        answers=WorldsShown,
        handler=answers.worlds,
        roles=EVERY_ROLE,
    ),
    Route(
        method="POST",
        path="/v1/worlds",
        name="open_world",
        summary="Opens a world with the scenario in force.",
        asks=WorldWanted,
        answers=WorldOpened,
        status=HTTPStatus.CREATED.value,
        handler=answers.open_world,
        roles=_MAKING,
        rated=True,
        declines=(
            HTTPStatus.FORBIDDEN.value,
            HTTPStatus.NOT_FOUND.value,
            HTTPStatus.CONFLICT.value,
        ),
    ),
    Route(
        method="POST",
        path="/v1/worlds/{world}/release",
        name="release_world",
        summary="Lets a world that stands still be folded again, after the repair.",
        asks=OfWorld,
        answers=StandingShown,
        handler=answers.release,
        roles=frozenset({Role.OPERATOR}),
        declines=(HTTPStatus.NOT_FOUND.value, HTTPStatus.CONFLICT.value),
    ),
    Route(
        method="GET",
        path=_SNAPSHOTS,
        name="list_snapshots",
        summary="The ticks at which a world has snapshots.",
        asks=OfWorld,
        answers=SnapshotsShown,
        handler=answers.snapshots,
        roles=_READING,
        declines=(HTTPStatus.NOT_FOUND.value,),
    ),
    Route(
        method="GET",
        path=f"{_SNAPSHOTS}/{{tick}}",
        name="get_snapshot",
        summary="The bytes of one snapshot.",
        asks=OfSnapshot,
        content_type=answers.BYTES,
        handler=answers.snapshot,
        roles=_READING,
        declines=(HTTPStatus.NOT_FOUND.value, HTTPStatus.NOT_IMPLEMENTED.value),
    ),
    Route(
        method="GET",
        path="/v1/quarantine",
        name="list_quarantine",
        summary="The worlds of a tenant that stand still, and why.",
        asks=OfTenant,
        answers=QuarantineShown,
        handler=answers.quarantine,
        roles=_READING,
    ),
    Route(
        method="GET",
        path="/v1/usage",
        name="get_usage",
        summary="What a tenant's worlds have used, as it was metered.",
        asks=OfTenant,
        answers=UsageShown,
        handler=answers.usage,
        roles=_COUNTING,
    ),
    Route(
        method="GET",
        path="/v1/scenario",
        name="get_scenario",
        summary="The scenario that new worlds are opened with, its rules and its commands.",
        answers=ScenarioShown,
        handler=answers.scenario,
    ),
    Route(
        method="GET",
        path="/v1/health",
        name="get_health",
        summary="Whether everything works.",
        answers=HealthShown,
        handler=answers.health,
        also=(HTTPStatus.SERVICE_UNAVAILABLE.value,),
    ),
    Route(
        method="GET",
        path="/v1/metrics",
        name="get_metrics",
        summary="The server's measurements as Prometheus reads them.",
        content_type=answers.METRICS,
        handler=answers.metrics,
        declines=(HTTPStatus.NOT_FOUND.value,),
    ),
    Route(
        method="GET",
        path="/v1/openapi.json",
        name="get_openapi",
        summary="This document.",
        handler=answers.openapi,
    ),
    Route(
        method="GET",
        path="/v1/asyncapi.json",
        name="get_asyncapi",
        summary="The AsyncAPI document of the socket.",
        handler=answers.asyncapi,
    ),
)
