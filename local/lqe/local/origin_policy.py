"""Whose pages may play: no page of a foreign origin acts here, and no name that was rebound to us.

A browser sends every page's requests, with this machine's address, wherever it is. Where nobody has
to show who he is (open mode), the name by which a server was reached has to be one that cannot be
another's: an address, this machine's own name for itself, or one that the operator gives.
"""

import ipaddress
from collections.abc import Iterable
from http import HTTPStatus
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from msgspec.structs import replace

from lqe.errors import BadInput
from lqe.handlers.http.messages import Request, Response
from lqe.handlers.http.problems import Declined

_DEFAULT_PORTS: Final = MappingProxyType({"http": 80, "https": 443})
_ASKS: Final = "access-control-request-method"
_PREFLIGHT_S: Final = 600
_LONGEST: Final = 200


def check_origin(origin: str) -> str:
    """Return a web origin as browsers send it; raise BadInput unless it is one."""
    try:
        parts = urlsplit(origin)
        whole = parts.scheme in _DEFAULT_PORTS and origin == f"{parts.scheme}://{parts.netloc}"
        good = whole and bool(parts.hostname) and "@" not in origin and parts.port != 0
    except ValueError:
        good = False
    if not good or origin != origin.lower():
        raise BadInput(
            "an origin is http:// or https://, a name in small letters, and a port if it is not "
            f"the usual one, without a path: http://localhost:5173; got {origin!r:.200}"
        )
    return origin


class OriginPolicy:
    """Which pages may act here. `names` are hosts of this server beside addresses and localhost."""

    def __init__(self, origins: Iterable[str], names: Iterable[str], *, is_open: bool) -> None:
        self._origins = frozenset(origins)
        self._names = frozenset(name.lower() for name in names)
        self._is_open = is_open

    def check(self, request: Request, *, acts: bool) -> None:
        """Raise Declined if a request may be a foreign page's; `acts` if it could do anything."""
        host = request.headers.get("host", "")
        if self._is_open and not self._is_own_name(host):
            name = _split(host)[0][:_LONGEST]
            reason = (
                f"this server is not known as {name!r}: start it with --allowed-host {name}, or "
                "call it by its address"
            )
            raise Declined(HTTPStatus.MISDIRECTED_REQUEST, "unknown_host", reason)
        origin = request.headers.get("origin")
        if acts and origin is not None and not self._may_act(origin, host):
            reason = (
                f"pages of {origin[:_LONGEST]} may not play here: start the server with --origin "
                "and their origin"
            )
            raise Declined(HTTPStatus.FORBIDDEN, "foreign_origin", reason)

    def preflight(self, request: Request) -> Response | None:
        """Return what a browser hears that asks before a page of another origin does."""
        if request.method != "OPTIONS" or _ASKS not in request.headers:
            return None
        headers = {
            "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": str(_PREFLIGHT_S),
        }
        return Response(status=HTTPStatus.NO_CONTENT.value, body=b"", headers=headers)

    def shared(self, request: Request, response: Response) -> Response:
        """Return an answer that pages of the origins that were named can read."""
        origin = request.headers.get("origin")
        if origin not in self._origins:
            return response
        headers = {
            **response.headers,
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Expose-Headers": "Retry-After",
            "Vary": "Origin",
        }
        return replace(response, headers=headers)

    def _is_own_name(self, host: str) -> bool:
        name, _ = _split(host)
        if not name or name in self._names or name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _may_act(self, origin: str, host: str) -> bool:
        if origin in self._origins:
            return True
        scheme, _, netloc = origin.partition("://")
        usual = _DEFAULT_PORTS.get(scheme)
        if usual is None:
            return False
        (name, port), (own_name, own_port) = _split(netloc), _split(host)
        return name == own_name and (port or str(usual)) == (own_port or str(usual))


def _split(host: str) -> tuple[str, str]:
    """Return the name of a host, without the brackets of an address, and its port or ""."""
    host = host.lower()
    if host.startswith("["):
        name, _, port = host[1:].partition("]")
        return name, port.removeprefix(":")
    name, _, port = host.partition(":")
    return name.removesuffix("."), port
