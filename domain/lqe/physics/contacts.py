"""Which bodies touch: pairs kept as state, with when they began and when they ended.

A pair begins with its first contact and ends after `hold` ticks without one. Nothing here comes
from callbacks, which fire anew after every rebuild.
"""

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Pair = tuple[int, int]
_LOWER = np.uint64(0xFFFFFFFF)


class Contacts:
    """The touching pairs of one world, each once, the lower entity first, sorted."""

    def __init__(self, hold: int) -> None:
        self._hold = hold
        self._keys: Keys = np.empty(0, np.uint64)
        self._missed: NDArray[np.int64] = np.empty(0, np.int64)
        self._any_missed = False
        self._began: Keys = self._keys
        self._ended: Keys = self._keys
        self._dropped: Keys = self._keys
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
        return _pairs(self._keys)

    def keys(self) -> NDArray[np.uint64]:
        """Return all pairs as an array of (lower entity, higher entity)."""
        return np.stack([self._keys >> np.uint64(32), self._keys & _LOWER], axis=1)

    def of(self, entity: int) -> list[int]:
        """Return the entities that touch this one, in id order."""
        pairs = self.keys()
        low, high = pairs[:, 0], pairs[:, 1]
        return sorted([*high[low == entity].tolist(), *low[high == entity].tolist()])

    def update(self, rows: NDArray[np.uint64]) -> None:
        """Take in (entity, entity, contacts) rows of the last step, in any order."""
        seen = rows.tobytes()
        if len(self._began):
            self._began = self._keys[:0]
        if len(self._ended):
            self._ended = self._keys[:0]
        if seen == self._seen and not self._any_missed and not len(self._dropped):
            return
        self._seen = seen
        self._merge(_sorted_keys(rows))

    def _merge(self, now: Keys) -> None:
        """Take in the pairs of the last step, sorted; one may come more than once."""
        keys, missed = self._keys, self._missed + 1
        at = keys.searchsorted(now)
        known = keys.take(at, mode="clip") == now if len(keys) else np.zeros(len(now), bool)
        missed[at[known]] = 0
        over = missed >= self._hold
        if len(self._dropped) or np.count_nonzero(over):
            self._ended = np.concatenate([keys[over], self._dropped])
            self._ended.sort()
            self._dropped = keys[:0]
            keys, missed = keys[~over], missed[~over]
        if np.count_nonzero(known) < len(now):
            self._began = _each_once(now[~known])
            keys = np.concatenate([keys, self._began])
            missed = np.concatenate([missed, np.zeros(len(self._began), np.int64)])
            order = keys.argsort(kind="stable")
            keys, missed = keys[order], missed[order]
        self._keys, self._missed = keys, missed
        self._any_missed = bool(np.count_nonzero(missed))

    def drop(self, entity: int) -> None:
        """End every pair of an entity that is no body any more; reported with the next tick."""
        of_it = (self._keys >> np.uint64(32) == entity) | (self._keys & _LOWER == entity)
        if of_it.any():
            self._dropped = np.concatenate([self._dropped, self._keys[of_it]])
            self._keys, self._missed = self._keys[~of_it], self._missed[~of_it]
            self._seen = None

    def dump(self) -> dict[str, bytes]:
        """Return everything as little-endian bytes."""
        return {
            "pairs": self._keys.astype("<u8").tobytes(),
            "missed": self._missed.astype("<i8").tobytes(),
            "began": self._began.astype("<u8").tobytes(),
            "ended": self._ended.astype("<u8").tobytes(),
        }

    def load(self, state: dict[str, bytes]) -> None:
        """Take over what `dump` returned."""
        self._keys = np.frombuffer(state["pairs"], "<u8").astype(np.uint64)
        self._missed = np.frombuffer(state["missed"], "<i8").astype(np.int64)
        self._began = np.frombuffer(state["began"], "<u8").astype(np.uint64)
        self._ended = np.frombuffer(state["ended"], "<u8").astype(np.uint64)
        self._any_missed = bool(self._missed.any())
        self._dropped = self._keys[:0]
        self._seen = None


def _sorted_keys(rows: NDArray[np.uint64]) -> Keys:
    live = rows[rows[:, 2].nonzero()[0]]
    a, b = live[:, 0], live[:, 1]
    keys = np.minimum(a, b) << np.uint64(32) | np.maximum(a, b)
    keys.sort()
    return keys


def _each_once(keys: Keys) -> Keys:
    """Return sorted keys without repetitions."""
    first = np.ones(len(keys), bool)
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    return keys[first]


def _pairs(keys: Keys) -> list[Pair]:
    return [(k >> 32, k & 0xFFFFFFFF) for k in keys.tolist()]
