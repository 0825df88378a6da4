"""A copy of each world's head apart from the database: how far positions were given out.

SQLite takes what follows a damaged page of its write-ahead log for what was never committed, and
drops it without a word. So the end of each log is written down in a file of its own when a commit
is durable, before anybody hears of it. It is not synced: it outlives the process, and after a loss
of power it may say less than was given out, never more.
"""

import os
import struct
from hashlib import blake2b
from pathlib import Path
from typing import Final
from zlib import crc32

import msgspec

from lqe.adapters.private import make_file

# A world, its last position, a digest of the event there; a check of the three. Slots stay within
# the blocks that disks write whole.
_HEAD: Final = struct.Struct("<64sq16s")
_CHECK: Final = struct.Struct("<I")
_SLOT_BYTES: Final = 128


class Head(msgspec.Struct, frozen=True):
    """The end of a log: its last position, and a digest of the event there."""

    position: int
    digest: bytes

    @classmethod
    def of(cls, position: int, event: bytes) -> "Head":
        """Return the head of a log that ends with this event."""
        return cls(position, blake2b(event, digest_size=16).digest())


class Heads:
    """The heads of one tenant's logs, in a file with a slot for each world."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._slots: dict[str, int] = {}
        self._heads: dict[str, Head] = {}
        data = path.read_bytes() if path.is_file() else b""
        self._end = -(-len(data) // _SLOT_BYTES)
        for slot in range(self._end):
            self._take(slot, data[slot * _SLOT_BYTES :])

    def _take(self, slot: int, data: bytes) -> None:
        """Take in what a slot says; one that says nothing sensible says nothing."""
        try:
            name, position, digest = _HEAD.unpack_from(data)
            (check,) = _CHECK.unpack_from(data, _HEAD.size)
        except struct.error:
            return
        if check == crc32(data[: _HEAD.size]):
            world = name.rstrip(b"\0").decode("ascii", "replace")
            self._slots[world] = slot
            if position >= 0:
                self._heads[world] = Head(position, digest)

    def worlds(self) -> list[str]:
        """Return the worlds whose positions were given out."""
        return list(self._heads)

    def get(self, world: str) -> Head | None:
        """Return how far the positions of a world were given out, as far as it is known."""
        return self._heads.get(world)

    def note(self, world: str, head: Head) -> None:
        """Write down where a log ends; raise OSError if that cannot be."""
        self._heads[world] = head
        self._write(world, head)

    def forget(self, world: str) -> None:
        """Write down that nothing is known of a log's end."""
        if self._heads.pop(world, None) is not None:
            self._write(world, Head(-1, b""))

    def _write(self, world: str, head: Head) -> None:
        if self._file is None:
            make_file(self._path)
            self._file = os.open(self._path, os.O_WRONLY)
        slot = self._slots.get(world)
        if slot is None:
            slot = self._slots[world] = self._end
            self._end += 1
        data = _HEAD.pack(world.encode(), head.position, head.digest)
        data += _CHECK.pack(crc32(data))
        os.pwrite(self._file, data.ljust(_SLOT_BYTES, b"\0"), slot * _SLOT_BYTES)

    def close(self) -> None:
        """Sync what was written, and close the file."""
        if self._file is not None:
            os.fdatasync(self._file)
            os.close(self._file)
            self._file = None
