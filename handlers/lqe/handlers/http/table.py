"""The table of routes: every server answers by it, and the OpenAPI document is made from it."""

from http import HTTPStatus
from typing import Final

from . import answers
from .models import (
    HealthShown,
    OfSnapshot,
    OfTenant,
    OfWorld,
    ScenarioShown,
    SnapshotsShown,
    TicketIssued,
    TicketWanted,
    WorldsShown,
)
from .route import Route

_SNAPSHOTS: Final = "/v1/worlds/{world}/snapshots"

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
        rated=True,
    ),
    Route(
        method="GET",
        path="/v1/worlds",
        name="list_worlds",
        summary="The worlds of a tenant, and how far each is.",
        asks=OfTenant,
        answers=WorldsShown,
        handler=answers.worlds,
    ),
    Route(
        method="GET",
        path=_SNAPSHOTS,
        name="list_snapshots",
        summary="The ticks at which a world has snapshots.",
        asks=OfWorld,
        answers=SnapshotsShown,
        handler=answers.snapshots,
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
        declines=(HTTPStatus.NOT_FOUND.value,),
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
