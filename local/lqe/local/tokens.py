"""Who asks, by tokens that are verified here, as API Gateway verifies them before the functions."""

from collections.abc import Collection, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

import jwt
from msgspec.structs import replace

from lqe.handlers.http.claims import TOKEN_SCHEME, TokenGuard
from lqe.handlers.http.messages import Request
from lqe.handlers.http.problems import Declined
from lqe.handlers.http.roles import Identity
from lqe.handlers.http.tenants import LetIn, OpenGuard, bearer_in
from lqe.ports.tickets import TOKEN_GRACE_US

from .issuer_keys import Keys

MAX_TOKEN_BYTES: Final = 8 * 1024
LEEWAY_S: Final = TOKEN_GRACE_US // 1_000_000
_CHALLENGE: Final = MappingProxyType({"WWW-Authenticate": 'Bearer error="invalid_token"'})
_LATER: Final = MappingProxyType({"Retry-After": "1"})
_DOTS: Final = 2
_SAYS: Final = (
    (jwt.ExpiredSignatureError, "this token has expired: get a new one of its issuer"),
    (jwt.ImmatureSignatureError, "this token is not in force yet"),
    (jwt.InvalidAudienceError, "this token is for another audience"),
    (jwt.InvalidIssuerError, "this token is of another issuer"),
    (jwt.MissingRequiredClaimError, "this token lacks one of the claims `exp`, `iss`, `aud`"),
)
_OTHERWISE: Final = "this is no token that the issuer signed"
# The library's own errors, and text that has no UTF-8.
_UNREADABLE: Final = (jwt.PyJWTError, ValueError)


class Tokens:
    """Takes the tokens of one issuer that are meant for one audience."""

    def __init__(self, keys: Keys, audience: str) -> None:
        self._keys = keys
        self._audience = audience

    @property
    def problem(self) -> str:
        """Why tokens cannot be verified just now, "" if they can."""
        return self._keys.problem

    async def begin(self) -> None:
        """Ask for the issuer's keys before anybody needs one: a mistaken address shows at once."""
        await self._keys.prepare("")

    async def prepare(self, request: Request) -> None:
        """Have the key by which a request's token can be verified, if it may be had."""
        token = bearer_in(request)
        if is_token(token):
            try:
                kid = _kid_of(token)
            except Declined:
                return  # said where the token is needed
            await self._keys.prepare(kid)

    def claims(self, token: str) -> Mapping[str, Any]:
        """Return what a token claims; raise Declined unless it is good now."""
        key = self._keys.get(_kid_of(token))
        if key is None:
            if self._keys.is_asked or self._keys.problem:
                reason = "the issuer of tokens has not answered: try again in a moment"
                raise Declined(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", reason, _LATER)
            raise _wrong(_OTHERWISE)
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[str(key.algorithm_name)],
                audience=self._audience,
                issuer=self._keys.issuer,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iss", "aud"], "enforce_minimum_key_length": True},
            )
        except _UNREADABLE as error:
            says = next((said for kind, said in _SAYS if isinstance(error, kind)), _OTHERWISE)
            raise _wrong(says) from error
        return claims


class JwtGuard:
    """Lets in whom a token names, where its tenant is served: in the roles that it names."""

    scheme = TOKEN_SCHEME

    def __init__(self, tokens: Tokens, served: Collection[str]) -> None:
        self._tokens = tokens
        self._served = frozenset(served)
        self._guard = TokenGuard()

    def presented(self, request: Request) -> LetIn:
        """Return what lets in whom the presented token names."""
        token = bearer_in(request)
        claims = self._tokens.claims(token) if token else {}
        let_in = self._guard.presented(replace(request, claims=claims))

        def here(tenant: str) -> Identity:
            who = let_in(tenant)
            if who.tenant not in self._served:
                reason = f"the tenant {who.tenant!r} is not served here"
                raise Declined(HTTPStatus.NOT_FOUND, "no_tenant", reason)
            return who

        return here


class OpenOrTokenGuard:
    """Lets everybody in, and who shows a token as whom it names: for development."""

    scheme = None

    def __init__(self, tokens: JwtGuard, everybody: OpenGuard) -> None:
        self._tokens = tokens
        self._everybody = everybody

    def presented(self, request: Request) -> LetIn:
        """Return what lets the request in; what has not the form of a token says nothing here."""
        guard = self._tokens if is_token(bearer_in(request)) else self._everybody
        return guard.presented(request)


def is_token(text: str) -> bool:
    """Say whether a text has the form of a signed token."""
    return text.count(".") == _DOTS


def _kid_of(token: str) -> str:
    """Return which key a token says that it is signed with; raise Declined if it cannot be read."""
    if len(token) > MAX_TOKEN_BYTES:
        raise _wrong(f"a token has at most {MAX_TOKEN_BYTES} bytes, got {len(token)}")
    try:
        return str(jwt.get_unverified_header(token)["kid"])
    except (*_UNREADABLE, KeyError) as error:
        raise _wrong(_OTHERWISE) from error


def _wrong(reason: str) -> Declined:
    return Declined(HTTPStatus.UNAUTHORIZED, "wrong_token", reason, _CHALLENGE)
