"""Seats: who counts for the quorum, who takes up a place, and when that place is free again.

A world that was opened before presence counted keeps its meaning: whoever joined once counts, and
has a seat for ever.
"""

from typing import Final

from lqe.scenario import Scenario
from lqe.version import PRESENCE_COUNTS
from lqe.world import Core
from lqe.world.players import Player

from .attempt import attempt

_SECOND_US: Final = 1_000_000


def counted(core: Core) -> int:
    """Return how many players count for the quorum: those who are there."""
    if core.genesis.rules < PRESENCE_COUNTS:
        return len(core.players)
    return sum(player.present for player in core.players.values())


def take_seat(core: Core, name: str) -> Player:
    """Return a player who is in; one who was gone goes on with the numbering of the sessions."""
    if name not in core.players:
        core.players[name] = core.gone.pop(name) if name in core.gone else Player(name)
    return core.players[name]


def note_left(core: Core, player: Player) -> None:
    """Let the time run for which a seat is kept, if nobody sits there any more."""
    if core.genesis.rules >= PRESENCE_COUNTS and not player.present:
        player.left = core.tick


def free_seats(core: Core, scenario: Scenario) -> None:
    """Let players go whose seats the scenario keeps no longer, and tell it of each."""
    kept_s = scenario.rules.keep_seat_s
    if kept_s is None or core.life not in ("lobby", "running"):
        return
    due = core.tick - int(kept_s * _SECOND_US) // core.genesis.tick_us
    over = [p.name for p in core.players.values() if p.left is not None and p.left <= due]
    for name in sorted(over):
        player = core.gone[name] = core.players.pop(name)
        player.left = None
        if scenario.on_gone is not None:
            attempt(core, lambda world, name=name: scenario.on_gone(world, name))  # type: ignore[misc]
    # What they sent is told from a repeat for as long as their number is bounded.
    while len(core.gone) > core.genesis.limits.max_players:
        del core.gone[next(iter(core.gone))]
