"""Events to bytes and back. The bytes are the record: they are never written anew."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from .errors import BadEvent, LimitExceeded
from .events import AnyEvent, Event, event_name
from .limits import MAX_EVENT_BYTES

Upcast = Callable[[dict[str, Any]], dict[str, Any]]

# Old wire names, each with the function that makes its fields those of the name that it returns
# under "type". No event has an old version yet; a test adds one.
UPCASTS: Final[Mapping[str, Upcast]] = MappingProxyType({})


# Text that is not UTF-8 and nesting without end have errors of their own.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Name(msgspec.Struct):
    type: str = ""


def name_of(data: bytes) -> str:
    """Return the wire name in an event's bytes, also of an event that is not known here."""
    try:
        return _name(data).type
    except _UNREADABLE as error:
        raise BadEvent(f"expected the bytes of an event: {error}") from None


_name = msgspec.msgpack.Decoder(_Name).decode


class Codec:
    """Encodes events as MessagePack maps with named fields, tagged by their versioned name."""

    def __init__(self, upcasts: Mapping[str, Upcast] = UPCASTS) -> None:
        self._upcasts = upcasts
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode: Callable[[bytes], AnyEvent] = msgspec.msgpack.Decoder(AnyEvent).decode
        self._plain = msgspec.msgpack.Decoder(dict[str, Any]).decode

    def encode(self, event: Event) -> bytes:
        """Return the event's bytes; raise LimitExceeded above 60 KiB."""
        data = self._encode(event)
        if len(data) > MAX_EVENT_BYTES:
            raise LimitExceeded(
                f"{event_name(event)} takes {len(data)} bytes; an event has at most "
                f"{MAX_EVENT_BYTES}: split it, or store the large part by digest"
            )
        return data

    def decode(self, data: bytes) -> AnyEvent:
        """Return the event that the bytes are; raise BadEvent for anything else."""
        try:
            return self._decode(data)
        except _UNREADABLE as error:
            return self._decode_other(data, error)

    def _decode_other(self, data: bytes, error: Exception) -> AnyEvent:
        try:
            name = name_of(data)
        except BadEvent:
            name = ""
        upcast = self._upcasts.get(name)
        if upcast is None:
            what = f"{name!r}" if name else "something without a name"
            raise BadEvent(f"expected an event of a known name, got {what}: {error}") from None
        try:
            converted: AnyEvent = msgspec.convert(upcast(self._plain(data)), AnyEvent)
        except (*_UNREADABLE, KeyError, TypeError) as bad:
            raise BadEvent(f"{name!r} cannot be brought up to date: {bad}") from None
        return converted
