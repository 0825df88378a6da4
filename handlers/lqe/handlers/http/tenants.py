"""Whose request it is: a tenant is served, and where there are keys, its key was presented.

A guard looks at what comes with a request before anything else of it is read. What it returns says,
with the tenant that the request names or "", who asks; both raise Declined.
"""

import hmac
from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final, Protocol

from lqe.errors import BadInput
from lqe.names import check_tenant

from .messages import Request
from .problems import Declined
from .roles import Identity

Scheme = Mapping[str, Any]
LetIn = Callable[[str], Identity]
KEY_SCHEME: Final[Scheme] = MappingProxyType(
    {"type": "http", "scheme": "bearer", "description": "One key a tenant."}
)
CHALLENGE: Final = MappingProxyType({"WWW-Authenticate": "Bearer"})
# Compared with when the tenant is not there: that takes as long, and no text is these bytes.
_NOBODYS_KEY: Final = b"\xff" * 32


class Guard(Protocol):
    """Says whose a request is; `scheme` is how that is proved, as OpenAPI says it."""

    @property
    def scheme(self) -> Scheme | None:
        """None where nothing has to be proved."""

    def presented(self, request: Request) -> LetIn:
        """Return what lets the request in, by what was presented with it."""


def bearer_in(request: Request) -> str:
    """Return what a request presents as its bearer's, "" if that is nothing."""
    scheme, _, presented = request.headers.get("authorization", "").partition(" ")
    return presented.strip() if scheme.lower() == "bearer" else ""


class OpenGuard:
    """Lets everybody in, for the tenants that are served."""

    scheme = None

    def __init__(self, tenants: Collection[str]) -> None:
        self._served = frozenset(check_tenant(tenant) for tenant in tenants)
        self._only = next(iter(self._served)) if len(self._served) == 1 else ""

    def presented(self, request: Request) -> LetIn:  # noqa: ARG002 - nothing has to be
        """Return what lets anybody in; where no tenant is named, it is the only one served."""
        return self._let_in

    def _let_in(self, tenant: str) -> Identity:
        tenant = tenant or self._only
        if tenant not in self._served:
            reason = (
                f"the tenant {tenant!r} is not served here"
                if tenant
                else "several tenants are served here: say which one is meant"
            )
            raise Declined(HTTPStatus.NOT_FOUND, "no_tenant", reason)
        return Identity(tenant=tenant)


class KeyGuard:
    """Lets in who has a tenant's key, in every role."""

    scheme = KEY_SCHEME

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._keys = _checked(keys)

    def presented(self, request: Request) -> LetIn:
        """Return what lets the owner of the presented key in; no tenant named means its own."""
        key = bearer_in(request)
        if not key:
            reason = "this needs a tenant's key: send it as 'Authorization: Bearer KEY'"
            raise Declined(HTTPStatus.UNAUTHORIZED, "no_key", reason, CHALLENGE)
        data = key.encode(errors="surrogatepass")
        return lambda tenant: self._let_in(tenant, data)

    def _let_in(self, tenant: str, key: bytes) -> Identity:
        keys = self._keys
        asked = {tenant: keys.get(tenant, _NOBODYS_KEY)} if tenant else keys
        # Each is compared to its end, so that the time says nothing of any.
        found = [name for name, known in asked.items() if hmac.compare_digest(known, key)]
        if not found or found[0] not in keys:
            # The same words whether the tenant is there or not.
            reason = "this is not the key of that tenant" if tenant else "this is nobody's key"
            raise Declined(HTTPStatus.FORBIDDEN, "wrong_key", reason)
        return Identity(tenant=found[0])


def _checked(keys: Mapping[str, str]) -> dict[str, bytes]:
    """Return the keys as they are compared; raise BadInput if one does not tell tenants apart."""
    owners: dict[str, str] = {}
    stripped = {tenant: key.strip() for tenant, key in keys.items()}  # as those presented are
    for tenant, key in stripped.items():
        if not key:
            raise BadInput(f"the key of tenant {tenant!r} is empty: anybody would have it")
        if not key.isascii() or not key.isprintable():
            raise BadInput(f"the key of tenant {tenant!r} is not printable ASCII: no header has it")
        other = owners.setdefault(key, tenant)
        if other != tenant:
            raise BadInput(f"tenants {other!r} and {tenant!r} have the same key: give each its own")
    return {check_tenant(tenant): key.encode() for tenant, key in stripped.items()}
