"""Two ways of doing one thing, timed in turn so that the machine's moods hit both."""

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Literal

import msgspec


class Result(msgspec.Struct, kw_only=True):
    """One line of the table. Times: ratio at most `goal`. Rates: ratio at least `goal`."""

    name: str
    unit: str
    ours: float
    theirs: float
    against: str
    ratio: float
    goal: float
    better: Literal["lower", "higher"]
    note: str = ""

    @property
    def reached(self) -> bool:
        return self.ratio <= self.goal if self.better == "lower" else self.ratio >= self.goal


def in_turn(
    ours: Callable[[], object], theirs: Callable[[], object], rounds: int
) -> tuple[float, float]:
    """Return the median seconds of one call of each; both are called once before, untimed."""
    ours()
    theirs()
    mine, other = [], []
    for _ in range(rounds):
        start = perf_counter()
        theirs()
        middle = perf_counter()
        ours()
        mine.append(perf_counter() - middle)
        other.append(middle - start)
    return median(mine), median(other)


def whole(
    ours: Callable[[], object], theirs: Callable[[], object], rounds: int
) -> tuple[float, float]:
    """Return the seconds of all calls of each together, in turn, with nothing left out."""
    mine = other = 0.0
    for _ in range(rounds):
        start = perf_counter()
        theirs()
        middle = perf_counter()
        ours()
        mine += perf_counter() - middle
        other += middle - start
    return mine, other


def prepared(
    ours: Callable[[], Callable[[], object]],
    theirs: Callable[[], Callable[[], object]],
    rounds: int,
) -> tuple[float, float]:
    """Return the median seconds of what each call returns; the call itself prepares, untimed."""
    mine: list[float] = []
    other: list[float] = []
    for _ in range(rounds):
        for prepare, taken in ((theirs, other), (ours, mine)):
            act = prepare()
            start = perf_counter()
            act()
            taken.append(perf_counter() - start)
    return median(mine), median(other)


def times(
    name: str, unit: str, mine: float, other: float, against: str, goal: float, note: str = ""
) -> Result:
    """Return a line that compares times: less is better."""
    return Result(
        name=name, unit=unit, ours=round(mine, 4), theirs=round(other, 4), against=against,
        ratio=round(mine / other, 4), goal=round(goal, 4), better="lower", note=note,
    )  # fmt: skip


def rates(
    name: str, unit: str, mine: float, other: float, against: str, goal: float, note: str = ""
) -> Result:
    """Return a line that compares rates: more is better."""
    return Result(
        name=name, unit=unit, ours=round(mine, 1), theirs=round(other, 1), against=against,
        ratio=round(mine / other, 4), goal=goal, better="higher", note=note,
    )  # fmt: skip
