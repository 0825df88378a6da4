"""Where in the index a key is looked for: arithmetic of the log's length alone, so no directory.

A segment of level 0 covers SEGMENT notification ids, one of level n covers FAN of level n-1. A
commit belongs to the segment in which it begins. What a segment of level n knows is spread over
FAN^n blocks by a hash of the key, so that blocks stay of one size. A segment never changes once
the log has passed its end, and who builds it again gets the same.
"""

import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

SEGMENT: Final = 512
FAN: Final = 8


class Place(NamedTuple):
    """The place of one block: its level, its segment there, its share of the keys."""

    level: int
    segment: int
    share: int

    @property
    def sort_key(self) -> int:
        """The number under which the block lies, among those of its level."""
        return int(self.segment * FAN**self.level + self.share)

    def holds(self, key: bytes) -> bool:
        """Return whether what the segment knows of a key is in this block."""
        return share_of(self.level, key) == self.share

    def below(self) -> list["Place"]:
        """Return the blocks of one level lower that know all that this one knows, in order."""
        share = self.share % FAN ** (self.level - 1)
        first = self.segment * FAN
        return [Place(self.level - 1, first + i, share) for i in range(FAN)]


def segment_of(notification_id: int) -> int:
    """Return the segment of level 0 to which a commit belongs that begins there."""
    return (notification_id - 1) // SEGMENT


def bounds(segment: int) -> tuple[int, int]:
    """Return the first and the last notification id of a segment of level 0."""
    return segment * SEGMENT + 1, (segment + 1) * SEGMENT


def share_of(level: int, key: bytes) -> int:
    """Return which share of a segment's keys a key is in."""
    return int(zlib.crc32(key) % FAN**level)


def cover(segments: int) -> Iterator[tuple[int, int]]:
    """Yield (level, segment) of the fewest segments that cover so many of level 0, in order."""
    level = 0
    while FAN ** (level + 1) <= segments:
        level += 1
    done = 0
    while done < segments:
        if done + FAN**level <= segments:
            yield level, done // FAN**level
            done += FAN**level
        else:
            level -= 1


def places(key: bytes, segments: int) -> list[Place]:
    """Return the blocks that know all that the first segments of level 0 know of a key."""
    return [Place(level, at, share_of(level, key)) for level, at in cover(segments)]
