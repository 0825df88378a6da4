"""Compressed bodies of items: read whole, or not at all."""

import zlib
from typing import Final

MAX_PLAIN_BYTES: Final = 64 * 1024 * 1024


def inflated(body: bytes) -> bytes:
    """Return what a zlib stream holds; raise ValueError unless it is one, whole, of a sane size."""
    inflate = zlib.decompressobj()
    try:
        plain = inflate.decompress(body, MAX_PLAIN_BYTES)
    except zlib.error as error:
        raise ValueError(f"no zlib stream: {error}") from None
    if not inflate.eof or inflate.unused_data:
        raise ValueError("the stream ends before, or after, what it holds")
    return plain
