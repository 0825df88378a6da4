"""The `http` function: the routes behind an HTTP API of API Gateway, payload format 2.0.

A JWT authorizer has verified the token of each request that is a tenant's; its claims say whose.
"""

import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler import Response as Answer
from aws_lambda_powertools.utilities.typing import LambdaContext

from lqe.adapters.dynamodb.tickets import DynamoTickets
from lqe.adapters.registry import Registries, dynamodb_registries
from lqe.errors import BadInput, Unavailable
from lqe.handlers.entry import function
from lqe.handlers.gateway import body_in
from lqe.handlers.process import Process
from lqe.ports.objects import source_name

from .api import Api
from .claims import TokenGuard, identity_in
from .messages import Request, Response, headers_of
from .ports import Health, Ports
from .problems import Declined, problem_of
from .registered import Around, RegisteredWorlds
from .table import ROUTES

if TYPE_CHECKING:
    from lqe.events import WorldOpened

_TEXT = ("application/json", "text/")
# A function answers 6 MB at most, bytes as base64 (Lambda's quotas); headers need room too.
_MOST_BYTES = 4_500_000


def wire(process: Process) -> APIGatewayHttpResolver:
    """Return the routes over the process's adapters."""
    api = Api(_ports(process))
    app = APIGatewayHttpResolver()

    def answer(**_: str) -> Answer[str | bytes]:
        try:
            request = _request(app.current_event.raw_event)
            with _attested(process, request):
                response = api.respond(request)
        except BadInput as error:
            response = problem_of(error)
        return _answered(response)

    for route in ROUTES:
        app.route(route.path.replace("{", "<").replace("}", ">"), method=route.method)(answer)
    # What is at no route is declined in the same words as on every server.
    app.not_found(lambda _: answer())
    return app


def respond(_: Process, app: APIGatewayHttpResolver, event: Mapping[str, Any]) -> dict[str, Any]:
    """Answer one request."""
    return app.resolve(dict(event), LambdaContext())


def _attested(process: Process, request: Request) -> AbstractContextManager[None]:
    """Act for whom the token names, whatever becomes of what the request names."""
    if not request.claims:
        return nullcontext()
    try:
        return process.acting.tenant(identity_in(request.claims).tenant)
    except Declined:
        return nullcontext()  # the guard says why, where it matters


def _ports(process: Process) -> Ports:
    settings = process.settings
    digest = settings.need("scenario")
    registries = dynamodb_registries(settings.events)
    around = Around.of(process, registries, _opening(process, digest))
    return Ports(
        guard=TokenGuard(),
        tickets=DynamoTickets(process.table(settings.connections)),
        clock=process.clock,
        objects=process.objects,
        logs=around.logs,
        worlds=RegisteredWorlds(around),
        scenario=lambda: process.code_of("")(digest),
        digest=lambda: digest,
        health=lambda: _health(registries),
        metrics=_no_metrics,
        new_id=lambda: secrets.token_hex(8),
        failed=lambda path, error: process.report("", path, error),
        socket="ws" + settings.need("sockets").removeprefix("http"),
    )


def _opening(process: Process, digest: str) -> "Callable[[str, int], WorldOpened]":
    source = Path(process.settings.scenarios) / digest

    def opening(tenant: str, seed: int) -> "WorldOpened":
        # Few requests open worlds: only they wait for the physics to be imported.
        from lqe.replay.script import opened  # noqa: PLC0415

        process.objects.tenant(tenant).put(source_name(digest), source.read_bytes())
        return opened(process.code_of("")(digest), digest, seed)

    return opening


def _health(registries: Registries) -> Health:
    try:
        registries.deployment.check()
    except Unavailable:
        return Health(("the registry of tenants does not answer",))
    return Health()


def _no_metrics() -> bytes:
    reason = "what is measured here is in CloudWatch, namespace LedgerQuest"
    raise Declined(HTTPStatus.NOT_FOUND, "no_metrics", reason)


def _request(event: Mapping[str, Any]) -> Request:
    context = event["requestContext"]
    path, stage = str(event["rawPath"]), f"/{context['stage']}/"
    return Request(
        method=context["http"]["method"],
        # A stage that has a name is part of the path.
        path=path[len(stage) - 1 :] if path.startswith(stage) else path,
        query=event.get("rawQueryString") or "",
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        body=body_in(event),
        claims=(context.get("authorizer") or {}).get("jwt", {}).get("claims") or {},
    )


def _answered(response: Response) -> Answer[str | bytes]:
    """Return a response as the event handler takes it: bytes go as base64."""
    if len(response.body) > _MOST_BYTES:
        reason = (
            f"it takes {len(response.body)} bytes, and {_MOST_BYTES} can be answered here: read it "
            "from the bucket of objects"
        )
        response = problem_of(Declined(HTTPStatus.NOT_IMPLEMENTED, "too_large_here", reason))
    is_text = response.content_type.startswith(_TEXT)
    return Answer(
        status_code=response.status,
        body=response.body.decode() if is_text else response.body,
        headers=headers_of(response),
    )


lambda_handler = function("http", wire, respond)
