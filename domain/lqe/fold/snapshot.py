"""Snapshots: a keyframe's canonical state with a header that says what wrote it."""

import zlib
from typing import Any, Final

import msgspec

from lqe.errors import BadSnapshot
from lqe.events import AnyEvent, WorldOpened
from lqe.world import state_digest

_MOST = 512 * 1024 * 1024


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """Where in the log a snapshot stands, and which code and numbers made it."""

    tick: int
    position: int
    digest: str
    scenario: str
    rules: int
    engine: str
    profile: str

    def stands_between(self, before: AnyEvent, after: AnyEvent | None) -> bool:
        """Say whether a keyframe of this tick comes after one event and before the next.

        It is reached when time passes its tick, before what was recorded at that tick.
        """
        opens = isinstance(before, WorldOpened) and before.tick == self.tick
        is_after = opens or before.tick < self.tick
        return is_after and (after is None or after.tick >= self.tick)


# What a header says that the log decides; which engine wrote it, and on which numbers, it does not.
_DECIDED: Final = ("tick", "position", "scenario", "rules")


def first_other(ours: Header, theirs: Header) -> str:
    """Return in words what another header says otherwise of what the log decides, if anything."""
    for name in _DECIDED:
        here, there = getattr(ours, name), getattr(theirs, name)
        if here != there:
            return f"it says {name} {there}, the log gives {here}"
    return ""


class Snapshot(msgspec.Struct, frozen=True):
    """A keyframe: its header and the canonical bytes of the state, whose sha256 is the digest."""

    header: Header
    state: bytes

    def encode(self) -> bytes:
        """Return one compressed MessagePack document."""
        return zlib.compress(msgspec.msgpack.encode(self), 6)

    def plain(self) -> dict[str, Any]:
        """Return the state as plain values."""
        decoded: dict[str, Any] = msgspec.msgpack.decode(self.state, strict=False)
        return decoded

    @classmethod
    def decode(cls, data: bytes) -> "Snapshot":
        """Return the snapshot in `data`; raise BadSnapshot unless its digest is its state's."""
        snapshot = cls.unchecked(data)
        found = state_digest(snapshot.state)
        if found != snapshot.header.digest:
            raise BadSnapshot(
                f"the snapshot of tick {snapshot.header.tick} says digest "
                f"{snapshot.header.digest:.16}…, its state has {found:.16}…: it was changed"
            )
        return snapshot

    @classmethod
    def unchecked(cls, data: bytes) -> "Snapshot":
        """Return the snapshot in `data` whatever its digest, to explain what was changed in it."""
        try:
            inflate = zlib.decompressobj()
            plain = inflate.decompress(data, _MOST)
            if inflate.unconsumed_tail:
                raise BadSnapshot(f"a snapshot of more than {_MOST} bytes is not read")
            if not inflate.eof or inflate.unused_data:
                raise BadSnapshot("these bytes end before, or after, the snapshot in them")
            return msgspec.msgpack.decode(plain, type=cls)
        except (zlib.error, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadSnapshot(f"these bytes are no snapshot: {error}") from None
