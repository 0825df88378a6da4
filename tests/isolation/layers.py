"""The three layers, and how each is switched off.

`edge`: what a request names is compared with whose its token is, and names have their shape.
`handle`: handles belong to the tenant of the call, and make keys of their own tenant's alone.
`iam`: the policy over the session's tag; it is switched off where calls are judged.
"""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final
from unittest.mock import patch

from msgspec.structs import replace
from pydantic import BaseModel

from lqe.adapters import s3
from lqe.adapters.acting import Acting
from lqe.adapters.aws.scoped import TenantClients
from lqe.handlers.http import api
from lqe.handlers.http.claims import TokenGuard, identity_in
from lqe.handlers.http.messages import Request
from lqe.handlers.http.tenants import LetIn

EDGE, HANDLE, IAM = "edge", "handle", "iam"
ONE_OFF: Final = tuple(frozenset({each}) for each in (EDGE, HANDLE, IAM))
TWO_OFF: Final = tuple(frozenset({EDGE, HANDLE, IAM} - {each}) for each in (EDGE, HANDLE, IAM))
_DYNAMODB: Final = "lqe.adapters.dynamodb"
_GROUPED: Final = (
    "log", "documents", "connections", "hot", "commits", "tickets", "buckets", "entitlements",
)  # fmt: skip
_CHECKED: Final = (
    f"{_DYNAMODB}.log.check_world",
    f"{_DYNAMODB}.documents.check_world",
    f"{_DYNAMODB}.documents.check_path",
    f"{_DYNAMODB}.connections.check_world",
    f"{_DYNAMODB}.hot.check_world",
    f"{_DYNAMODB}.tickets.check_world",
    "lqe.adapters.s3.check_path",
    "lqe.adapters.sqs.check_world",
)
_AT_THE_SOCKET: Final = tuple(f"lqe.handlers.gateway.check_{name}" for name in ("world", "player"))


def _same(name: str) -> str:
    return name


@contextmanager
def _acting(self: Acting, name: str) -> Iterator[None]:
    """Say nothing when a call that is of one tenant already goes on as another's."""
    before = self._tenant
    self._tenant = before or name
    try:
        yield
    finally:
        self._tenant = before


def unscoped(tenant: str, world: str) -> str:
    """Return what was asked for as the key, if it is one."""
    return world if "#" in world else f"{tenant}#{world}"


class _UnscopedObjects(s3._Tenant):
    """Objects by whole keys, if they begin with a slash."""

    def __init__(self, client: Any, bucket: str, tenant: str, key: str, pause: Any) -> None:
        super().__init__(client, bucket, tenant, key, pause)
        self._own, self._prefix = f"{tenant}/", ""

    def put(self, name: str, data: bytes) -> bool:
        return super().put(self._whole(name), data)

    def get(self, name: str) -> bytes | None:
        return super().get(self._whole(name))

    def names(self, prefix: str, after: str = "") -> list[str]:
        return super().names(self._whole(prefix), after)

    def _whole(self, name: str) -> str:
        return name[1:] if name.startswith("/") else self._own + name


def _presented(_: TokenGuard, request: Request) -> LetIn:
    """Let everybody in, as whoever they say."""
    own = identity_in(request.claims)
    return lambda tenant: replace(own, tenant=tenant or own.tenant)


def _unchecked(route: Any, request: Any, variables: Any) -> Any:
    """Return what is asked for with nothing of it looked at."""
    import json
    from urllib.parse import parse_qsl

    if route.asks is None:
        return None
    found = {} if not route.has_body else json.loads(request.body)
    found |= dict(variables) | dict(parse_qsl(request.query, keep_blank_values=True))
    model: type[BaseModel] = route.asks
    return model.model_construct(**found)


@contextmanager
def switched_off(off: Collection[str]) -> Iterator[None]:
    """Let layers in code do nothing in the block."""
    with ExitStack() as stack:
        if EDGE in off:
            stack.enter_context(patch.object(TokenGuard, "presented", _presented))
            stack.enter_context(patch.object(api, "_asked", _unchecked))
            for name in _AT_THE_SOCKET:
                stack.enter_context(patch(name, _same))
        if HANDLE in off:
            stack.enter_context(patch.object(Acting, "tenant", _acting))
            stack.enter_context(patch.object(TenantClients, "admit", lambda _, tenant: tenant))
            stack.enter_context(patch.object(s3, "_Tenant", _UnscopedObjects))
            for module in _GROUPED:
                stack.enter_context(patch(f"{_DYNAMODB}.{module}.group", unscoped))
            stack.enter_context(patch("lqe.adapters.sqs.group", unscoped))
            for name in _CHECKED:
                stack.enter_context(patch(name, _same))
        yield
