"""A request and its response, as every server hands them over and takes them back."""

from collections.abc import Mapping
from typing import Final

import msgspec

MAX_BODY_BYTES: Final = 64 * 1024
JSON: Final = "application/json"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a client asks: `path` and `query` as they came, names of headers in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """What it is answered; `headers` are those beside the content's type and length."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = {}
