"""Two copies of a log held against each other, byte for byte."""

from itertools import zip_longest

from lqe.ports.log import WorldLog

from .report import Divergence


def first_difference(ours: WorldLog, theirs: WorldLog) -> Divergence | None:
    """Return the first position at which two copies of a log differ, or None."""
    for position, (mine, other) in enumerate(zip_longest(ours.read(), theirs.read())):
        if mine is None or other is None:
            longer = "the second copy" if mine is None else "this log"
            return Divergence(what=f"only {longer} goes on here", position=position)
        if mine.position != other.position or mine.data != other.data:
            return Divergence(what="the two copies hold different bytes here", position=position)
    return None
