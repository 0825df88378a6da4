"""Whose request it is by the claims of a token, which whoever stands before this has verified."""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

import msgspec

from lqe.errors import BadInput
from lqe.names import check_player, check_tenant

from .messages import Request
from .problems import Declined
from .roles import Identity, Role
from .tenants import CHALLENGE, LetIn, Scheme

TOKEN_SCHEME: Final[Scheme] = MappingProxyType(
    {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token of the issuer that the deployment trusts.",
    }
)
_TENANT: Final = ("custom:tenant", "tenant")
_PLAYER: Final = ("custom:player", "player")
_ROLES: Final = ("cognito:groups", "roles")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ID_DIGITS: Final = 40
_SECOND_US: Final = 1_000_000
# What ends later than a number of microseconds can say does not end in anybody's time.
_FAR_S: Final = (1 << 53) // _SECOND_US


class TokenGuard:
    """Lets in whom a verified token names: its tenant is the request's, whatever that says."""

    scheme = TOKEN_SCHEME

    def presented(self, request: Request) -> LetIn:
        """Return what lets in whom the token names, for its own tenant alone."""
        if not request.claims:
            reason = "this needs a token: send it as 'Authorization: Bearer TOKEN'"
            raise Declined(HTTPStatus.UNAUTHORIZED, "no_token", reason, CHALLENGE)
        who = identity_in(request.claims)

        def let_in(tenant: str) -> Identity:
            if tenant and tenant != who.tenant:
                # The same words whether the tenant is there or not.
                reason = "this token is not of that tenant"
                raise Declined(HTTPStatus.FORBIDDEN, "wrong_tenant", reason)
            return who

        return let_in


def identity_in(claims: Mapping[str, Any]) -> Identity:
    """Return whom verified claims name; raise Declined if they name no tenant."""
    try:
        tenant = check_tenant(_first(claims, _TENANT))
    except BadInput:
        reason = "this token names no tenant: its issuer has to set the claim `tenant`"
        raise Declined(HTTPStatus.FORBIDDEN, "wrong_tenant", reason) from None
    listed = next((claims[name] for name in _ROLES if name in claims), ())
    named = set(_listed(listed))
    return Identity(
        tenant=tenant,
        roles=frozenset(role for role in Role if role.value in named),
        player=_player(tenant, claims),
        until_us=_until_us(claims),
    )


def _until_us(claims: Mapping[str, Any]) -> int:
    """Return when a token ends: whoever verified it has seen to it that it says so."""
    try:
        seconds = int(float(claims.get("exp", 0)))
    except (TypeError, ValueError, OverflowError):
        reason = "this token does not say when it ends: `exp` has to be a number of seconds"
        raise Declined(HTTPStatus.UNAUTHORIZED, "wrong_token", reason, CHALLENGE) from None
    return min(max(0, seconds), _FAR_S) * _SECOND_US


def _player(tenant: str, claims: Mapping[str, Any]) -> str:
    """Return a pseudonymous id: the one that the issuer gave, else one made from the subject."""
    try:
        return check_player(_first(claims, _PLAYER))
    except BadInput:
        subject = _first(claims, ("sub",))
    # A random id is a pseudonym already; anything else may be a person's name or address.
    if not subject or _UUID.fullmatch(subject):
        return subject
    whole = "\0".join((_first(claims, ("iss",)), tenant, subject))
    return f"p-{sha256(whole.encode(errors='surrogatepass')).hexdigest()[:_ID_DIGITS]}"


def _first(claims: Mapping[str, Any], names: Iterable[str]) -> str:
    """Return the first of some claims that is there, "" if none is or it is no text."""
    value = next((claims[name] for name in names if name in claims), "")
    return value if isinstance(value, str) else ""


def _listed(value: Any) -> list[str]:
    """Return the items of a claim: a list, JSON of one, or API Gateway's `[one two]`."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, UnicodeEncodeError):
            value = value.removeprefix("[").removesuffix("]").split()
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
