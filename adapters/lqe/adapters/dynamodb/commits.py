"""A commit of a world's log as one DynamoDB item, and back.

The key is the world and the first position. `body` is a zlib stream of a MessagePack array of the
events' bytes, as they were encoded: nothing in it is ours but the array around them. `types` is
the set of the events' names, `ids` a MessagePack array of [intake message, number of events],
where a message is `u` and the 16 bytes of a UUID, or `t` and text.
"""

import uuid
import zlib
from typing import Final

import msgspec

from lqe.codec import name_of
from lqe.errors import BadEvent, LimitExceeded
from lqe.names import group, split_group
from lqe.ports.log import Commit, Origin

from .inflate import inflated
from .table import Item, binary, number, number_of, text

# An item has at most 400 KB (DynamoDB's quotas); the rest of it is small beside its body.
MAX_BODY_BYTES: Final = 384 * 1024
_LEVEL = 9
_encode = msgspec.msgpack.Encoder().encode
_events = msgspec.msgpack.Decoder(list[bytes]).decode
_origins = msgspec.msgpack.Decoder(list[tuple[bytes, int]]).decode


def commit_item(tenant: str, commit: Commit) -> Item:
    """Return the item that a commit is; raise LimitExceeded for one that no item can hold."""
    body = zlib.compress(_encode(list(commit.events)), _LEVEL)
    if len(body) > MAX_BODY_BYTES:
        raise LimitExceeded(
            f"a commit of {len(commit.events)} events takes {len(body)} bytes compressed; an item "
            f"has room for {MAX_BODY_BYTES}: append them in smaller commits"
        )
    item = {
        "pk": text(group(tenant, commit.world)),
        "sk": number(commit.first),
        "last": number(commit.last),
        "tick": number(commit.tick),
        "at": number(commit.at_us),
        "types": {"SS": sorted(set(commit.names))},
        "body": binary(body),
    }
    if commit.origins:
        packed = [(_short(o.message), o.events) for o in commit.origins]
        item["ids"] = binary(_encode(packed))
    return item


def commit_of(item: Item) -> Commit:
    """Return the commit that an item holds, also a stream's; raise BadInput for any other."""
    try:
        _, world = split_group(item["pk"]["S"])
        first = number_of(item, "sk", -1)
        events = _events(inflated(bytes(item["body"]["B"])))
        ids = _origins(bytes(item["ids"]["B"])) if "ids" in item else []
        names = [name_of(data) for data in events]
        commit = Commit(
            world,
            first,
            names,
            events,
            number_of(item, "tick"),
            number_of(item, "at"),
            [Origin(_long(i), n) for i, n in ids],
        )
        last = number_of(item, "last", -1)
    except (KeyError, TypeError, ValueError, msgspec.DecodeError) as error:
        raise BadEvent(f"expected the item of a commit: {error!r}") from None
    if not events or first < 0 or commit.last != last:
        raise BadEvent(f"the commit at {first} says that it ends at {last}, has {len(events)}")
    return commit


def _short(message: str) -> bytes:
    """Return a UUID, which is what SQS calls its messages, in 17 bytes; other ids as text."""
    try:
        found = uuid.UUID(message)
    except ValueError:
        return b"t" + message.encode()
    return b"u" + found.bytes if str(found) == message else b"t" + message.encode()


def _long(packed: bytes) -> str:
    kind, message = packed[:1], packed[1:]
    return str(uuid.UUID(bytes=message)) if kind == b"u" else message.decode()
