"""Which versions of an originator are asked for, and in which commits they are."""

from collections.abc import Iterator, Sequence

from .entries import RUN


def selected(
    runs: Sequence[int],
    *,
    gt: int | None = None,
    lte: int | None = None,
    desc: bool = False,
    limit: int | None = None,
) -> Iterator[tuple[int, range]]:
    """Yield (commit, versions) of runs, in the order and up to the number asked for.

    Runs of one originator do not overlap, so they are in the order of their first versions.
    """
    found = [runs[at : at + RUN] for at in range(0, len(runs), RUN)]
    found.sort(key=lambda run: run[1], reverse=desc)
    left = limit
    for commit, start, end in found:
        low = start if gt is None else max(start, gt + 1)
        high = end if lte is None else min(end, lte)
        versions = range(high, low - 1, -1) if desc else range(low, high + 1)
        if left is not None:
            versions = versions[: max(left, 0)]
            left -= len(versions)
        if versions:
            yield commit, versions
        if left is not None and left <= 0:
            return
