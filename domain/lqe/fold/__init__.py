"""The fold: the pure function from a world's events to its states, outcomes and signals."""

from .course import Code
from .fold import Fold, Folded, Parts, to_the_end
from .outcomes import Outcome
from .passing import decisions_in
from .seats import counted
from .snapshot import Header, Snapshot, first_other

__all__ = [
    "Code",
    "Fold",
    "Folded",
    "Header",
    "Outcome",
    "Parts",
    "Snapshot",
    "counted",
    "decisions_in",
    "first_other",
    "to_the_end",
]
