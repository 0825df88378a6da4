"""A commit of an application's log, as one DynamoDB item and back.

The key is the log and the first notification id. `body` is a zlib stream of a MessagePack array of
events, `last` the last notification id, `track` what the commit tracks, `tok` the commit's token.

A commit without events (it only tracks) takes no notification id: it lies where the next commit
will, and that one replaces it, taking over what it tracks and, in `was`, its token. `nth` counts
how many were replaced so.
"""

import zlib
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from eventsourcing.persistence import DataError

from lqe.adapters.dynamodb.inflate import MAX_PLAIN_BYTES, inflated
from lqe.adapters.dynamodb.table import Item, binary, number, number_of, text

# An item has at most 400 KB (DynamoDB's quotas), its key and its attributes' names included.
MAX_ITEM_BYTES: Final = 380 * 1024
TOKEN_BYTES: Final = 12
# A commit whose answer was lost is looked for among so many that were replaced after it.
_TOKENS_KEPT = 16
_encode = msgspec.msgpack.Encoder().encode
_tracking = msgspec.msgpack.Decoder(dict[str, int]).decode


class Event(msgspec.Struct, frozen=True, array_like=True):
    """A stored event under its originator's key."""

    key: bytes
    version: int
    topic: str
    state: bytes


_events = msgspec.msgpack.Decoder(list[Event]).decode


class Commit(msgspec.Struct, frozen=True):
    """Events with consecutive notification ids, and tracking, that were stored at once."""

    first: int
    events: Sequence[Event]
    tracking: Mapping[str, int]
    token: bytes
    replaced: bytes = b""
    nth: int = 0

    @property
    def last(self) -> int:
        """The last notification id; one below `first` if there are no events."""
        return self.first + len(self.events) - 1

    def on(self, there: "Commit") -> "Commit":
        """Return this commit as it is stored in place of one without events."""
        tracking = dict(there.tracking)
        for name, position in self.tracking.items():
            tracking[name] = max(position, tracking.get(name, position))
        replaced = (there.replaced + there.token)[-_TOKENS_KEPT * TOKEN_BYTES :]
        return Commit(self.first, self.events, tracking, self.token, replaced, there.nth + 1)

    def outline(self) -> "Commit":
        """Return the commit without what its events say, which may be much."""
        events = [Event(event.key, event.version, "", b"") for event in self.events]
        return Commit(self.first, events, self.tracking, self.token, self.replaced, self.nth)

    def holds(self, token: bytes) -> bool:
        """Return whether a commit with the token is this one, or was replaced by it."""
        kept = [
            self.replaced[i : i + TOKEN_BYTES] for i in range(0, len(self.replaced), TOKEN_BYTES)
        ]
        return token == self.token or token in kept


def commit_item(log: str, commit: Commit) -> Item:
    """Return the item that a commit is; raise DataError for one that no item can hold."""
    plain = _encode(commit.events)
    body = zlib.compress(plain)
    item = {
        "pk": text(log),
        "sk": number(commit.first),
        "last": number(commit.last),
        "body": binary(body),
        "tok": binary(commit.token),
    }
    size = len(log.encode()) + len(body)
    if commit.tracking:
        tracked = _encode(dict(commit.tracking))
        size += len(tracked)
        item["track"] = binary(tracked)
    if commit.nth:
        item["was"] = binary(commit.replaced)
        item["nth"] = number(commit.nth)
    if size > MAX_ITEM_BYTES or len(plain) > MAX_PLAIN_BYTES:
        raise DataError(
            f"{len(commit.events)} events saved at once take {size} bytes compressed and "
            f"{len(plain)} before; there is room for {MAX_ITEM_BYTES} and {MAX_PLAIN_BYTES}. Save "
            f"fewer at a time, or keep what is large elsewhere and its name in the event"
        )
    return item


def commit_of(item: Item) -> Commit:
    """Return the commit that an item holds; raise DataError for no commit."""
    try:
        commit = Commit(
            number_of(item, "sk", 0),
            _events(inflated(bytes(item["body"]["B"]))),
            _tracking(bytes(item["track"]["B"])) if "track" in item else {},
            bytes(item["tok"]["B"]),
            bytes(item["was"]["B"]) if "was" in item else b"",
            number_of(item, "nth"),
        )
    except (KeyError, TypeError, ValueError, msgspec.DecodeError) as error:
        raise DataError(f"expected the item of a commit: {error!r}") from None
    last = number_of(item, "last", -1)
    if commit.first < 1 or commit.last != last:
        raise DataError(f"the commit at {commit.first} says {last} is its last, not {commit.last}")
    return commit
