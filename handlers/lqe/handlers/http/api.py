"""The HTTP API: from a request to its response, whatever server read it."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

from msgspec.structs import replace
from pydantic import BaseModel

from lqe.adapters.buckets import ProcessBuckets
from lqe.errors import BadInput
from lqe.ports.buckets import Bucket

from .documents import Documents
from .match import Paths
from .messages import MAX_BODY_BYTES, Request, Response
from .openapi import openapi_document
from .ports import Ports
from .problems import Declined, is_fault, problem_of
from .roles import FOR_ANY_PLAYER, Identity, check_role
from .route import Call, Route
from .table import ROUTES

_MOST_FIELDS: Final = 16
_RETRY: Final = "1"
_ANYBODY: Final = Identity(tenant="", roles=frozenset())


class Api:
    """Answers requests by the table of routes. To be called from one thread."""

    def __init__(self, ports: Ports, routes: Sequence[Route] = ROUTES) -> None:
        self._ports = ports
        self._paths = Paths(routes)
        self._rated = Bucket.of(ports.tickets_per_second)
        self._of_player = Bucket.of(ports.requests_per_second)
        self._buckets = ProcessBuckets(ports.clock)
        self._documents = Documents(
            ports.scenario,
            ports.digest,
            lambda: openapi_document(routes, ports.guard.scheme),
            ports.socket,
        )

    def respond(self, request: Request) -> Response:
        """Answer; whatever goes wrong is an answer too, and says nothing of the inside."""
        try:
            return self._answer(request)
        except Exception as error:  # noqa: BLE001 - one request's fault is no other's
            if is_fault(error):
                self._ports.failed(f"{request.method} {request.path}", error)
            return problem_of(error)

    def guards(self, request: Request) -> bool:
        """Say whether it matters who asks, where a request asks."""
        try:
            return self._paths.find(request.method, request.path)[0].guarded
        except Declined:
            return False

    def _answer(self, request: Request) -> Response:
        if len(request.body) > MAX_BODY_BYTES:
            reason = f"a body has at most {MAX_BODY_BYTES} bytes, got {len(request.body)}"
            raise Declined(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", reason)
        route, variables = self._paths.find(request.method, request.path)
        let_in = self._ports.guard.presented(request) if route.guarded else None
        asked = _asked(route, request, variables)
        who = _ANYBODY
        if let_in is not None:
            who = let_in(asked.tenant)
            check_role(who, route.roles)
        call = Call(ports=self._ports, documents=self._documents, who=who, asked=asked)
        if not route.rated:
            return route.handler(call)
        if who.player and not who.roles & FOR_ANY_PLAYER:
            # What is refused counts for its player, and not for the others of the tenant.
            self._count(who.tenant, f"requests/{who.player}", self._of_player, "player")
        return route.handler(
            replace(call, count=lambda: self._count(who.tenant, route.name, self._rated, "tenant"))
        )

    def _count(self, tenant: str, name: str, rate: Bucket, whose: str) -> None:
        """Take a request from a bucket; raise Declined if there is none left."""
        if not self._buckets.allows(tenant, name, rate, 1):
            reason = f"at most {rate.per_second:g} a second for one {whose}: try again"
            raise Declined(
                HTTPStatus.TOO_MANY_REQUESTS, "too_fast", reason, {"Retry-After": _RETRY}
            )


def _asked(route: Route, request: Request, variables: Mapping[str, str]) -> Any:
    """Return what is asked for, as the route's model; raise BadInput or ValidationError."""
    if route.asks is None:
        return None
    if route.has_body:
        return route.asks.model_validate_json(request.body)
    return _in_address(route.asks, request.query, variables)


def _in_address(model: type[BaseModel], query: str, variables: Mapping[str, str]) -> BaseModel:
    try:
        fields = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise BadInput(f"a query has at most {_MOST_FIELDS} fields") from None
    found = dict(variables)
    for name, value in fields:
        if name in found:
            raise BadInput(f"{name!r:.80} is said twice in the address: say it once")
        found[name] = value
    return model.model_validate(found)
