"""Where a world stands that cannot be folded any further, so that somebody can decide about it."""

from typing import Literal

import msgspec

# What of an event a fold was at: the ticks before it, what it does, or new code taking over.
Part = Literal["ticks", "event", "upgrade"]


class Stuck(msgspec.Struct, frozen=True, kw_only=True):
    """The event at `position` could not be folded.

    It was at `part` of it, in `where` of the scenario, at `tick`.
    """

    position: int
    tick: int
    part: Part
    where: str

    def __str__(self) -> str:
        """Say where in the log and in the game that is."""
        return f"position {self.position}, tick {self.tick}, in {self.where}"
