"""A request and its response, as every server hands them over and takes them back."""

from collections.abc import Awaitable, Mapping
from typing import Any, Final

import msgspec

MAX_BODY_BYTES: Final = 64 * 1024
JSON: Final = "application/json"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a client asks: `path` and `query` as they came, names of headers in lower case.

    `claims` are those of its token, if whoever stands before the server has verified one. `remote`
    is who is at the other end, where the server looks at that.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = {}
    body: bytes = b""
    claims: Mapping[str, Any] = {}
    remote: str = ""


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """What it is answered; `headers` are those beside the content's type and length.

    `after` has to be awaited before it may be said: what it raises is answered in its place.
    """

    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = {}
    after: Awaitable[None] | None = None


def headers_of(response: Response) -> dict[str, str]:
    """Return the headers of a response, but the one that says how long it is."""
    return {
        "Content-Type": response.content_type,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        **response.headers,
    }
