"""The fold: the pure function from a world's events to its states, outcomes and signals."""

from .fold import Code, Fold, Folded
from .outcomes import Outcome
from .seats import counted
from .snapshot import Header, Snapshot

__all__ = ["Code", "Fold", "Folded", "Header", "Outcome", "Snapshot", "counted"]
