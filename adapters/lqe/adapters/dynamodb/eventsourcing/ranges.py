"""A set of whole numbers that is small in memory while they are nearly consecutive."""

from bisect import bisect_right
from collections.abc import Sequence

from .entries import RUN


class Ranges:
    """The versions in runs of the index."""

    def __init__(self, runs: Sequence[int] = ()) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self.add(runs)

    def add(self, runs: Sequence[int]) -> None:
        """Take in the versions of runs that are not in the set yet."""
        for at in range(0, len(runs), RUN):
            self._insert(runs[at + 1], runs[at + 2])

    def __contains__(self, version: int) -> bool:
        at = bisect_right(self._starts, version) - 1
        return at >= 0 and version <= self._ends[at]

    @property
    def highest(self) -> int | None:
        """The highest number in the set, None if there is none."""
        return self._ends[-1] if self._ends else None

    def _insert(self, start: int, end: int) -> None:
        at = bisect_right(self._starts, start)
        if at > 0 and self._ends[at - 1] + 1 == start:
            at -= 1
            self._ends[at] = end
        else:
            self._starts.insert(at, start)
            self._ends.insert(at, end)
        if at + 1 < len(self._starts) and self._starts[at + 1] == end + 1:
            self._ends[at] = self._ends.pop(at + 1)
            self._starts.pop(at + 1)
