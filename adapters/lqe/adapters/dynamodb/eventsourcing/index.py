"""The stored index: blocks that are built from the log, or from smaller blocks, when first missed.

Nothing depends on it but time: a block that is missing or spoiled is built again and stored again,
by whoever misses it, and racing builders store the same bytes.
"""

import logging
from collections.abc import Callable, Collection, Iterator
from typing import Final

from eventsourcing.persistence import PersistenceError

from lqe.adapters.dynamodb.table import Item, Table, binary, number, text

from .commits import Commit
from .entries import Entries, add, decoded, entries_of, join, packed, plain, unpacked
from .errors import translated
from .kept import Kept
from .places import Place, bounds, places

MAX_BLOCK_BYTES: Final = 256 * 1024
_MEMORY_BYTES = 16 * 1024 * 1024
_FREE = "attribute_not_exists(pk)"
_SPLIT = b""  # in memory: what the blocks of the level below know would not fit into one
_log = logging.getLogger(__name__)

ReadCommits = Callable[[int, int], Iterator[Commit]]


class Index:
    """The index of one log. `read` yields the commits that begin between two notification ids."""

    def __init__(self, table: Table, log: str, read: ReadCommits) -> None:
        self._table = table
        self._partition = f"{log}#.index.v1."
        self._read = read
        self._kept: Kept[Place] = Kept(_MEMORY_BYTES)

    def find(self, keys: Collection[bytes], segments: int) -> Entries:
        """Return what the first segments of level 0 know of each key, in the log's order."""
        wanted = {key: places(key, segments) for key in keys}
        blocks = self._blocks({place for found in wanted.values() for place in found})
        result: Entries = {}
        for key, found in wanted.items():
            runs: list[int] = []
            for place in found:
                for part in blocks[place]:
                    join(runs, key, part.get(key, []))
            result[key] = runs
        return result

    def keep(self, segment: int, entries: Entries, *, store: bool) -> None:
        """Take in what a segment of level 0 knows, from one who has read all of its commits."""
        place = Place(0, segment, 0)
        self._kept.put(place, plain(entries))
        if store:
            self._store(place, packed(entries), condition=_FREE)

    def _blocks(self, wanted: Collection[Place]) -> dict[Place, list[Entries]]:
        """Return each block, as several parts in the log's order where it was too large for one."""
        kept = {place: self._kept.get(place) for place in wanted}
        missed = sorted(place for place, block in kept.items() if block is None)
        condition = dict.fromkeys(missed, _FREE)
        for place, item in self._stored(missed).items():
            kept[place] = block = _block_of(item, place)
            if block is None:
                condition[place] = ""  # spoiled: to be replaced
            else:
                self._kept.put(place, block)
        blocks: dict[Place, list[Entries]] = {}
        for place, block in kept.items():
            if block is None:
                blocks[place] = self._built(place, condition[place])
            elif block == _SPLIT:
                blocks[place] = self._parts(place)
            else:
                blocks[place] = [decoded(block)]
        return blocks

    def _stored(self, wanted: Collection[Place]) -> dict[Place, Item]:
        by_key = {(self._pk(p), p.sort_key): p for p in wanted}
        with translated():
            items = self._table.get_many([{"pk": text(pk), "sk": number(sk)} for pk, sk in by_key])
        return {by_key[item["pk"]["S"], int(item["sk"]["N"])]: item for item in items}

    def _parts(self, place: Place) -> list[Entries]:
        below = place.below()
        blocks = self._blocks(below)
        return [part for lower in below for part in blocks[lower]]

    def _built(self, place: Place, condition: str) -> list[Entries]:
        entries: Entries = {}
        if place.level == 0:
            for commit in self._read(*bounds(place.segment)):
                add(entries, entries_of(commit))
        else:
            parts = self._parts(place)
            for part in parts:
                add(entries, {key: runs for key, runs in part.items() if place.holds(key)})
        body = packed(entries)
        if len(body) > MAX_BLOCK_BYTES and place.level > 0:
            self._kept.put(place, _SPLIT)
            self._store(place, _SPLIT, condition)
            return parts
        self._kept.put(place, plain(entries))
        self._store(place, body, condition)
        return [entries]

    def _store(self, place: Place, body: bytes, condition: str) -> None:
        item: Item = {"pk": text(self._pk(place)), "sk": number(place.sort_key)}
        item["body"] = binary(body) if body else {"NULL": True}
        try:
            with translated():
                self._table.put(item, condition=condition)
        except PersistenceError as error:
            _log.warning("the index of %s is not kept up: %s", self._partition, error)

    def _pk(self, place: Place) -> str:
        return f"{self._partition}{place.level}"


def _block_of(item: Item, place: Place) -> bytes | None:
    """Return a stored block as it is kept in memory, None if it is spoiled."""
    try:
        if "NULL" in item["body"]:
            return _SPLIT if place.level > 0 else None
        return unpacked(bytes(item["body"]["B"]))
    except (KeyError, TypeError, ValueError):
        return None
