"""Keys under which the index finds things: originators, and the names of tracked applications.

The first byte says which: `u` and a UUID's 16 bytes, `t` and text, `n` and an application's name.
"""

from typing import Literal
from uuid import UUID

from eventsourcing.persistence import DataError

OriginatorIDType = Literal["uuid", "text"]


class OriginatorKeys:
    """Keys of originators of one type, and back; an id of the other type is refused."""

    def __init__(self, kind: OriginatorIDType) -> None:
        self._kind = kind

    def key(self, originator_id: UUID | str) -> bytes:
        """Return the key of an originator."""
        if self._kind == "text":
            return b"t" + str(originator_id).encode()
        if isinstance(originator_id, UUID):
            return b"u" + originator_id.bytes
        try:
            return b"u" + UUID(originator_id).bytes
        except ValueError:
            raise DataError(
                f"expected a UUID as originator id, got {originator_id!r:.80}: "
                f"set ORIGINATOR_ID_TYPE to 'text' for ids that are text"
            ) from None

    def originator_id(self, key: bytes) -> UUID | str:
        """Return the originator of a key."""
        if self._kind == "uuid" and key[:1] == b"u":
            return UUID(bytes=key[1:])
        if self._kind == "text" and key[:1] == b"t":
            return key[1:].decode()
        raise DataError(
            f"expected originator ids of type {self._kind!r}, the log holds {key!r:.80}: "
            f"set ORIGINATOR_ID_TYPE to what the log was written with"
        )


def tracking_key(application_name: str) -> bytes:
    """Return the key of what is tracked of an application."""
    return b"n" + application_name.encode()


def is_tracking(key: bytes) -> bool:
    """Return whether a key is of a tracked application."""
    return key[:1] == b"n"


def shown(key: bytes) -> str:
    """Return a key for people."""
    return str(UUID(bytes=key[1:])) if key[:1] == b"u" else key[1:].decode()
