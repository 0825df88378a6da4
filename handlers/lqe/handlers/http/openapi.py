"""The OpenAPI 3.1 document, from the table of routes and its models."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from lqe.version import ENGINE_VERSION

from .messages import JSON
from .models import Problem
from .route import Route
from .tenants import Scheme

_SCHEMAS: Final = "#/components/schemas/"
_WHO: Final = "who"


def openapi_document(routes: Sequence[Route], scheme: Scheme | None) -> dict[str, Any]:
    """Return the document; `scheme` is how it is proved who asks, where that matters."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(
            route, keyed=scheme is not None
        )
    components: dict[str, Any] = {"schemas": _schemas(_models(routes))}
    if scheme is not None:
        components["securitySchemes"] = {_WHO: dict(scheme)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "LedgerQuest Engine",
            "version": ENGINE_VERSION,
            "summary": "Tickets for sockets, worlds and what they used, the scenario, health.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": components,
    }


def _models(routes: Iterable[Route]) -> list[type[BaseModel]]:
    """Return the models that are named in the document; what is in an address is not."""
    named: list[type[BaseModel]] = [Problem]
    for route in routes:
        named += [route.asks] if route.asks and route.has_body else []
        named += [route.answers] if route.answers else []
    return named


def _schemas(models: Iterable[type[BaseModel]]) -> dict[str, Any]:
    _, document = models_json_schema(
        [(model, "validation") for model in models], ref_template=_SCHEMAS + "{model}"
    )
    schemas: dict[str, Any] = document["$defs"]
    return schemas


def _operation(route: Route, *, keyed: bool) -> dict[str, Any]:
    operation: dict[str, Any] = {"operationId": route.name, "summary": route.summary}
    if route.asks and route.has_body:
        operation["requestBody"] = {"required": True, "content": _content(JSON, route.asks)}
    elif route.asks:
        operation["parameters"] = _parameters(route.asks, route.variables)
    if keyed and route.guarded:
        operation["security"] = [{_WHO: []}]
    if route.guarded:
        operation["x-roles"] = sorted(route.roles)
    answer = _content(route.content_type, route.answers)
    operation["responses"] = {
        str(status): {"description": _phrase(status), "content": answer}
        for status in (route.status, *route.also)
    } | {
        str(status): {"description": _phrase(status), "content": _content(JSON, Problem)}
        for status in _problems(route, keyed=keyed)
    }
    return operation


def _problems(route: Route, *, keyed: bool) -> list[int]:
    """Return the statuses with which a route may decline."""
    found = {*route.declines, HTTPStatus.INTERNAL_SERVER_ERROR}
    found.add(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if route.asks:
        found |= {HTTPStatus.BAD_REQUEST, HTTPStatus.SERVICE_UNAVAILABLE}
    if route.guarded:
        found |= (
            {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} if keyed else {HTTPStatus.NOT_FOUND}
        )
    if route.rated:
        found.add(HTTPStatus.TOO_MANY_REQUESTS)
    return sorted(int(status) for status in found - {route.status, *route.also})


def _parameters(model: type[BaseModel], variables: Sequence[str]) -> list[dict[str, Any]]:
    schema = model.model_json_schema()
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "path" if name in variables else "query",
            "required": name in required,
            "schema": field,
        }
        for name, field in schema["properties"].items()
    ]


def _content(content_type: str, model: type[BaseModel] | None) -> dict[str, Any]:
    if model is not None:
        return {content_type: {"schema": {"$ref": _SCHEMAS + model.__name__}}}
    if content_type == JSON:
        return {content_type: {"schema": {"type": "object"}}}
    return {content_type.partition(";")[0]: {}}


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase
