"""Chance from a counter: the n-th number of a seed is always the same, and no state but n is kept.

Number n is the n-th 64-bit word of BLAKE2b keyed by the seed (RFC 7693): whole-number work only,
so every processor agrees, and a stored counter is all that a snapshot needs.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")
_WORDS = 8
_STEP = 2.0**-53


class Random:
    """Random numbers for the fold; `drawn`, the count of words taken so far, is the whole state."""

    __slots__ = ("_block", "_block_of", "drawn", "seed")

    def __init__(self, seed: bytes, drawn: int = 0) -> None:
        self.seed = seed
        self.drawn = drawn
        self._block = b""
        self._block_of = -1

    def word(self) -> int:
        """Return a whole number from 0 to 2**64 - 1."""
        block, place = divmod(self.drawn, _WORDS)
        if block != self._block_of:
            self._block = blake2b(block.to_bytes(8, "little"), key=self.seed).digest()
            self._block_of = block
        self.drawn += 1
        return int.from_bytes(self._block[place * 8 : place * 8 + 8], "little")

    def random(self) -> float:
        """Return a number from 0 up to, but not including, 1."""
        return (self.word() >> 11) * _STEP

    def uniform(self, low: float, high: float) -> float:
        """Return a number from `low` to `high`."""
        return low + (high - low) * self.random()

    def integer(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included, each as likely."""
        if low > high:
            raise ValueError(f"expected low <= high, got {low} and {high}")
        span = high - low + 1
        if span > 1 << 64:
            raise ValueError(f"expected at most 2**64 values, got {span}")
        limit = (1 << 64) - (1 << 64) % span
        while True:
            word = self.word()
            if word < limit:
                return low + word % span

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.random() < probability

    def choice(self, items: Sequence[T]) -> T:
        """Return one of `items`, each as likely."""
        if not items:
            raise ValueError("expected at least one item to choose from, got none")
        return items[self.integer(0, len(items) - 1)]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return a list of `items` in random order (Fisher and Yates)."""
        out = list(items)
        for last in range(len(out) - 1, 0, -1):
            other = self.integer(0, last)
            out[last], out[other] = out[other], out[last]
        return out
