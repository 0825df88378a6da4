"""What an OIDC issuer publishes: asked of nobody else, within bounded time, for bounded bytes.

An issuer is an address with `https`; on this machine alone it may be `http`.
"""

import time
from http.client import HTTPException
from typing import Any, Final, TypeVar
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, build_opener

import msgspec

from lqe.errors import BadInput, Unavailable

T = TypeVar("T")
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
DISCOVERY: Final = "/.well-known/openid-configuration"
_CONNECT_S: Final = 2.0
_ALL_S: Final = 5.0
_MOST_BYTES: Final = 256 * 1024
_CHUNK_BYTES: Final = 64 * 1024


class _Discovered(msgspec.Struct):
    """What of a discovery document matters here."""

    issuer: str
    jwks_uri: str


class _Published(msgspec.Struct):
    """A set of JSON Web Keys."""

    keys: list[dict[str, Any]]


class _Stays(HTTPRedirectHandler):
    """Follows no redirect: whoever answers for an issuer is at its address."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Take the answer for what it is."""


def check_issuer(url: str) -> str:
    """Return the address of an issuer; raise BadInput unless it alone can answer there."""
    if not _is_its_own(url) or "?" in url:
        raise BadInput(
            "an issuer is an address that begins with https://, or with http:// on this machine, "
            f"without user, query or fragment; got {url!r:.200}"
        )
    return url


def _is_its_own(url: str) -> bool:
    """Say whether nobody on the way can answer for an address."""
    try:
        parts = urlsplit(url)
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        plain = url.isascii() and url.isprintable() and not set(url) & {" ", "#", "@"}
        return safe and plain and bool(parts.hostname)
    except ValueError:
        return False


def published_keys(issuer: str) -> list[dict[str, Any]]:
    """Return the JSON Web Keys that an issuer publishes; raise Unavailable, which says why not."""
    until_s = time.monotonic() + _ALL_S
    opener = build_opener(_Stays)
    about = f"{issuer.removesuffix('/')}{DISCOVERY}"
    found = _fetched(opener, about, _Discovered, until_s)
    if found.issuer != issuer:
        raise Unavailable(f"{about} is of the issuer {found.issuer!r:.200}, expected {issuer!r}")
    if not _is_its_own(found.jwks_uri):
        raise Unavailable(f"the keys of {issuer} are at no good address: {found.jwks_uri!r:.200}")
    return _fetched(opener, found.jwks_uri, _Published, until_s).keys


def _fetched(opener: OpenerDirector, url: str, kind: type[T], until_s: float) -> T:
    data = b""
    try:
        with opener.open(url, timeout=_CONNECT_S) as answer:
            while chunk := answer.read1(_CHUNK_BYTES):
                data += chunk
                if len(data) > _MOST_BYTES or time.monotonic() > until_s:
                    raise Unavailable(
                        f"{url} has more than {_MOST_BYTES} bytes, or takes more than {_ALL_S:g} s"
                    )
        return msgspec.json.decode(data, type=kind)
    except HTTPError as error:
        raise Unavailable(f"{url} answers {error.code}") from error
    except (OSError, HTTPException) as error:
        raise Unavailable(f"{url} does not answer: {error}") from error
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Unavailable(f"{url} is not what it should be: {error}") from error
