"""Which bodies touch: pairs kept as state, with when they began and when they ended.

A pair begins with its first contact and ends after `hold` ticks without one. Nothing here comes
from callbacks, which fire anew after every rebuild.
"""

import numpy as np
from numpy.typing import NDArray

Pair = tuple[int, int]
# A pair as one number: the lower entity in the upper 32 bits, the higher one in the lower.
Key = int
_LOWER = 0xFFFFFFFF


class Contacts:
    """The touching pairs of one world, each once, the lower entity first, sorted when read."""

    def __init__(self, hold: int) -> None:
        self._hold = hold
        self._keys: set[Key] = set()
        self._missed: dict[Key, int] = {}
        self._began: list[Key] = []
        self._ended: list[Key] = []
        self._dropped: list[Key] = []
        self._seen: bytes | None = None

    @property
    def began(self) -> list[Pair]:
        """Pairs that began at the last tick."""
        return _pairs(self._began)

    @property
    def ended(self) -> list[Pair]:
        """Pairs that ended at the last tick; an entity in one may be gone."""
        return _pairs(self._ended)

    @property
    def pairs(self) -> list[Pair]:
        """All pairs that touch."""
        return _pairs(sorted(self._keys))

    def of(self, entity: int) -> list[int]:
        """Return the entities that touch this one, in id order."""
        return sorted(low if high == entity else high for low, high in self._with(entity))

    def _with(self, entity: int) -> list[Pair]:
        return [pair for pair in self.pairs if entity in pair]

    def update(self, rows: NDArray[np.uint64]) -> None:
        """Take in (entity, entity, contacts) rows of the last step, in any order."""
        seen = rows.tobytes()
        if seen == self._seen and not self._missed and not self._dropped:
            self._began, self._ended = [], []
            return
        self._seen = seen
        now, before = set(_touching(rows)), self._keys
        missed = {key: self._missed.get(key, 0) + 1 for key in sorted(before - now)}
        over = [key for key, ticks in missed.items() if ticks >= self._hold]
        for key in over:
            del missed[key]
        self._began = sorted(now - before)
        self._ended, self._dropped = sorted(over + self._dropped), []
        self._missed = missed
        self._keys = now.union(missed)

    def drop(self, entity: int) -> None:
        """End every pair of an entity that is no body any more; reported with the next tick."""
        for low, high in self._with(entity):
            key = low << 32 | high
            self._dropped.append(key)
            self._keys.remove(key)
            self._missed.pop(key, None)
            self._seen = None

    def dump(self) -> dict[str, bytes]:
        """Return everything as little-endian bytes."""
        keys = sorted(self._keys)
        return {
            "pairs": np.array(keys, "<u8").tobytes(),
            "missed": np.array([self._missed.get(key, 0) for key in keys], "<i8").tobytes(),
            "began": np.array(self._began, "<u8").tobytes(),
            "ended": np.array(self._ended, "<u8").tobytes(),
        }

    def load(self, state: dict[str, bytes]) -> None:
        """Take over what `dump` returned."""
        keys = np.frombuffer(state["pairs"], "<u8").tolist()
        missed = np.frombuffer(state["missed"], "<i8").tolist()
        self._keys = set(keys)
        self._missed = {k: ticks for k, ticks in zip(keys, missed, strict=True) if ticks}
        self._began = np.frombuffer(state["began"], "<u8").tolist()
        self._ended = np.frombuffer(state["ended"], "<u8").tolist()
        self._dropped = []
        self._seen = None


def _touching(rows: NDArray[np.uint64]) -> list[Key]:
    """Return the pairs that have contacts; one may come more than once."""
    live = rows[rows[:, 2].nonzero()[0]]
    a, b = live[:, 0], live[:, 1]
    keys: list[Key] = (np.minimum(a, b) << np.uint64(32) | np.maximum(a, b)).tolist()
    return keys


def _pairs(keys: list[Key]) -> list[Pair]:
    return [(key >> 32, key & _LOWER) for key in keys]
