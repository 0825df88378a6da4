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
# Compared with when the tenant is not there: that takes as long, and no text is these bytes.
_NOBODYS_KEY: Final = b"\xff" * 32


class Guard:
    """Lets requests in: by key where there are keys, else for the tenants served."""

    def __init__(self, keys: Mapping[str, str] | None, tenants: Collection[str]) -> None:
        served = tenants if keys is None else keys
        self._served = frozenset(check_tenant(tenant) for tenant in served)
        self._only = next(iter(self._served)) if len(self._served) == 1 else ""
        self._keys = None if keys is None else _checked(keys)

    def presented(self, headers: Mapping[str, str]) -> bytes:
        """Return the key that comes with a request, before anything else of it is read."""
        if self._keys is None:
            return b""
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            reason = "this needs a tenant's key: send it as 'Authorization: Bearer KEY'"
            raise Declined(HTTPStatus.UNAUTHORIZED, "no_key", reason, _CHALLENGE)
        return key.strip().encode(errors="surrogatepass")

    def let_in(self, tenant: str, key: bytes) -> str:
        """Return whose request it is; where none is named, the key's, or the only one served."""
        if self._keys is not None:
            return self._by_key(self._keys, tenant, key)
        tenant = tenant or self._only
        if tenant not in self._served:
            reason = (
                f"the tenant {tenant!r} is not served here"
                if tenant
                else "several tenants are served here: say which one is meant"
            )
            raise Declined(HTTPStatus.NOT_FOUND, "no_tenant", reason)
        return tenant

    @staticmethod
    def _by_key(keys: Mapping[str, bytes], tenant: str, key: bytes) -> str:
        asked = {tenant: keys.get(tenant, _NOBODYS_KEY)} if tenant else keys
        # Each is compared to its end, so that the time says nothing of any.
        found = [name for name, known in asked.items() if hmac.compare_digest(known, key)]
        if not found or found[0] not in keys:
            # The same words whether the tenant is there or not.
            reason = "this is not the key of that tenant" if tenant else "this is nobody's key"
            raise Declined(HTTPStatus.FORBIDDEN, "wrong_key", reason)
        return found[0]


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
    return {tenant: key.encode() for tenant, key in stripped.items()}
