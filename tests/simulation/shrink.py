"""A run that fails, made as small as it stays failing: fewer faults, a shorter plan."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from tests.simulation.simulation import Run, without

T = TypeVar("T")
MOST_RUNS: Final = 400


class Shrinker:
    """Looks for a smaller run that breaks the same rule, in so many tries at most."""

    def __init__(self, run: Run, most_runs: int = MOST_RUNS) -> None:
        assert run.broken, "only a run that fails can be shrunk"
        self._left = most_runs
        self._best = run

    def smallest(self) -> Run:
        """Return the smallest run that was found."""
        size = -1
        while size != (size := len(self._best.steps) + len(self._best.faults)) and self._left > 0:
            self._reduce(
                self._best.faults, lambda kept: without(self._best, self._best.steps, kept)
            )
            self._reduce(
                self._best.steps, lambda kept: without(self._best, kept, self._best.faults)
            )
        return self._best

    def _reduce(self, items: Sequence[T], play: Callable[[Sequence[T]], Run]) -> None:
        """Leave out ever smaller parts of the items, as long as it still fails without them."""
        kept, size = list(items), max(1, len(items))
        while size > 0 and self._left > 0:
            start = 0
            while start < len(kept) and self._left > 0:
                fewer = kept[:start] + kept[start + size :]
                self._left -= 1
                run = play(fewer)
                if run.rule == self._best.rule:
                    self._best, kept = run, fewer
                else:
                    start += size
            size //= 2


def in_words(run: Run) -> str:
    """Return what is read of a failing run: what breaks, what is done, what goes wrong."""
    lines = [f"seed {run.seed}: {run.broken}", "", "What is done:"]
    lines += [f"  {step.words()}" for step in run.steps] or ["  nothing but opening the worlds"]
    lines += ["", "What goes wrong:"]
    lines += [f"  {fault.words()}" for fault in run.faults] or ["  nothing"]
    return "\n".join(lines)
