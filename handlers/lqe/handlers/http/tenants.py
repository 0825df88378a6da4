"""Whose request it is: a tenant is served, and where there are keys, its key was presented."""

import hmac
from collections.abc import Collection, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from lqe.errors import BadInput
from lqe.names import check_tenant

from .problems import Declined

_CHALLENGE: Final = MappingProxyType({"WWW-Authenticate": "Bearer"})
# What is compared with when the tenant is not there: that takes as long, and is never equal.
_NOBODYS_KEY: Final = b"\xff" * 32


class Guard:
    """Lets requests in: by key where there are keys, else for the tenants served."""

    def __init__(self, keys: Mapping[str, str] | None, tenants: Collection[str]) -> None:
        served = tenants if keys is None else keys
        self._served = frozenset(check_tenant(tenant) for tenant in served)
        self._only = next(iter(self._served)) if len(self._served) == 1 else ""
        self._keys = None if keys is None else {t: key.encode() for t, key in keys.items()}
        for tenant, key in (self._keys or {}).items():
            if not key or key.isspace():
                raise BadInput(f"the key of tenant {tenant!r} is empty: anybody would have it")

    def presented(self, headers: Mapping[str, str]) -> bytes:
        """Return the key that comes with a request, before anything else of it is read."""
        if self._keys is None:
            return b""
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            reason = "this needs a tenant's key: send it as 'Authorization: Bearer KEY'"
            raise Declined(HTTPStatus.UNAUTHORIZED, "no_key", reason, _CHALLENGE)
        return key.strip().encode(errors="surrogateescape")

    def let_in(self, tenant: str, key: bytes) -> str:
        """Return whose request it is; the only tenant's where there is one and none is named."""
        tenant = tenant or self._only
        if not tenant:
            raise BadInput("tenant: several tenants are served here, say which one is meant")
        if self._keys is None:
            if tenant not in self._served:
                reason = f"the tenant {tenant!r} is not served here"
                raise Declined(HTTPStatus.NOT_FOUND, "no_tenant", reason)
        elif not hmac.compare_digest(self._keys.get(tenant, _NOBODYS_KEY), key):
            # The same words whether the tenant is there or not: whose key it is not, is no answer.
            raise Declined(HTTPStatus.FORBIDDEN, "wrong_key", "this is not the key of that tenant")
        return tenant
