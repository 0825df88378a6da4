"""Which bodies touch: pairs kept as state, with when they began and when they ended.

A pair begins with its first contact and ends after `hold` ticks without one. Nothing here comes
from callbacks, which fire anew after every rebuild.
"""

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Pair = tuple[int, int]


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
        return np.stack([self._keys >> np.uint64(32), self._keys & np.uint64(0xFFFFFFFF)], axis=1)

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
        now = _sorted_keys(rows)
        if not self._any_missed and not len(self._dropped) and np.array_equal(now, self._keys):
            return
        self._merge(now)

    def _merge(self, now: Keys) -> None:
        old = self._keys
        still = _contains(now, old)
        missed = np.where(still, 0, self._missed + 1)
        over = missed >= self._hold
        began = now[~_contains(old, now)]
        self._ended = np.sort(np.concatenate([old[over], self._dropped]))
        self._dropped = old[:0]
        keys = np.concatenate([old[~over], began])
        order = np.argsort(keys, kind="stable")
        self._began = began
        self._keys = keys[order]
        self._missed = np.concatenate([missed[~over], np.zeros(len(began), np.int64)])[order]
        self._any_missed = bool(self._missed.any())

    def drop(self, entity: int) -> None:
        """End every pair of an entity that is no body any more; reported with the next tick."""
        pairs = self.keys()
        of_it = (pairs == np.uint64(entity)).any(axis=1)
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
    live = rows[rows[:, 2] > 0]
    a, b = live[:, 0], live[:, 1]
    keys = np.minimum(a, b) << np.uint64(32) | np.maximum(a, b)
    keys.sort()
    if len(keys) > 1:
        first = np.empty(len(keys), bool)
        first[0] = True
        np.not_equal(keys[1:], keys[:-1], out=first[1:])
        if not first.all():
            keys = keys[first]
    return keys


def _contains(sorted_keys: Keys, wanted: Keys) -> NDArray[np.bool_]:
    """Say for each of `wanted` whether it is in `sorted_keys`."""
    if not len(sorted_keys):
        return np.zeros(len(wanted), bool)
    at = np.searchsorted(sorted_keys, wanted)
    at[at == len(sorted_keys)] = 0
    found: NDArray[np.bool_] = sorted_keys[at] == wanted
    return found


def _pairs(keys: Keys) -> list[Pair]:
    return [(k >> 32, k & 0xFFFFFFFF) for k in keys.tolist()]
