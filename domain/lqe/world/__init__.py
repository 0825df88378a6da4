"""One world: its state, and how a scenario's code sees it."""

from .core import Core, Fault, Genesis, Recorded, state_digest
from .draft import Draft
from .world import World

__all__ = ["Core", "Draft", "Fault", "Genesis", "Recorded", "World", "state_digest"]
