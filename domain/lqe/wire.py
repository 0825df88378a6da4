"""The protocol between players and the engine: JSON messages, each an object with a `type`."""

from collections.abc import Mapping
from typing import Any

import msgspec

from .errors import BadInput
from .limits import MAX_FRAME_COMMANDS
from .signals import Ending
from .whole import whole_numbers

MAX_FRAME_BYTES = 32 * 1024
SUBPROTOCOL = "lqe.v1.json"
_OFFERED = "Sec-WebSocket-Protocol"


def accepting(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the header with which a socket is accepted: none, if its client offers no protocol.

    A client that offers one closes a socket that is accepted without.
    """
    offers = [value for name, value in headers.items() if name.lower() == _OFFERED.lower()]
    offered = [each.strip() for value in offers for each in value.split(",")]
    return {_OFFERED: SUBPROTOCOL} if SUBPROTOCOL in offered else {}


class SentCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One command in a frame; `seq` counts up in the session."""

    seq: int
    name: str
    args: dict[str, Any] = {}
    not_after: int | None = None


class Frame(msgspec.Struct, frozen=True, tag="commands", forbid_unknown_fields=True):
    """Commands in order, recorded all or none."""

    commands: list[SentCommand]


class ViewWanted(msgspec.Struct, frozen=True, tag="view", forbid_unknown_fields=True):
    """The client lost track and wants the whole view."""


class Heartbeat(msgspec.Struct, frozen=True, tag="heartbeat", forbid_unknown_fields=True):
    """The client is there."""


FromClient = Frame | ViewWanted | Heartbeat
_decode_frame = msgspec.json.Decoder(FromClient).decode


class Rejected(msgspec.Struct, frozen=True, tag="rejected"):
    """Nothing of the frame was recorded; `seq` is the first command that is wrong, if one is."""

    code: str
    reason: str
    seq: int | None = None


class ReceiptItem(msgspec.Struct, frozen=True, array_like=True):
    """A command's number and its position in the log."""

    seq: int
    position: int


class Receipt(msgspec.Struct, frozen=True, tag="receipt"):
    """These commands are durable, at these positions."""

    commands: list[ReceiptItem]


class OutcomeSent(msgspec.Struct, frozen=True, kw_only=True, tag="outcome", omit_defaults=True):
    """What the fold decided about one command: applied, or refused by code and reason."""

    seq: int | None = None
    position: int
    tick: int
    code: str | None = None
    reason: str | None = None
    original: int | None = None


class SentSignal(msgspec.Struct, frozen=True):
    """A signal that its receiver may hear."""

    name: str
    tick: int
    data: dict[str, Any]


class View(msgspec.Struct, frozen=True, kw_only=True, tag="view", omit_defaults=True):
    """Everything a player sees, as of a position; `ended` is there in a world that is over.

    `last_seq` is the highest number seen of them.
    """

    position: int
    tick: int
    at_us: int
    tick_us: int
    world: dict[str, Any]
    you: dict[str, Any] = {}
    session: str = ""
    last_seq: int = 0
    ended: Ending | None = None


class Delta(msgspec.Struct, frozen=True, kw_only=True, tag="delta", omit_defaults=True):
    """What changed from one position to another: JSON merge patches (RFC 7396) of the view."""

    since: int
    position: int
    tick: int
    at_us: int
    world: dict[str, Any] = {}
    you: dict[str, Any] = {}
    signals: list[SentSignal] = []


class ViewUnavailable(msgspec.Struct, frozen=True, tag="view_unavailable"):
    """The game's own view failed; a view or a delta comes when it can be made again."""

    position: int
    tick: int
    reason: str


class Closing(msgspec.Struct, frozen=True, tag="closing"):
    """The last message of a socket whose close code the server cannot choose: what it would be."""

    code: int
    reason: str


ToClient = Rejected | Receipt | OutcomeSent | View | Delta | ViewUnavailable | Closing


def decode_frame(data: bytes) -> FromClient:
    """Return what a client sent; raise BadInput."""
    if len(data) > MAX_FRAME_BYTES:
        raise BadInput(f"a frame has at most {MAX_FRAME_BYTES} bytes, got {len(data)}")
    try:
        frame = _decoded(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(
            f"expected a JSON object of type commands, view or heartbeat: {error}"
        ) from None
    if isinstance(frame, Frame) and not 1 <= len(frame.commands) <= MAX_FRAME_COMMANDS:
        raise BadInput(f"a frame has 1 to {MAX_FRAME_COMMANDS} commands, got {len(frame.commands)}")
    return frame


def _decoded(data: bytes) -> FromClient:
    try:
        return _decode_frame(data)  # type: ignore[no-any-return]
    except msgspec.ValidationError:
        # Few clients write whole numbers as floats; theirs are read twice.
        return msgspec.convert(whole_numbers(msgspec.json.decode(data)), FromClient)  # type: ignore[no-any-return]
