"""When a lobby is about to fill, told from its fold: no event says so, and no state keeps it."""

from lqe.fold import Fold, counted
from lqe.signals import NEAR_QUORUM, Signal

# A quarter of the quorum may be missing: large groups come quickly, one after the other.
_SHARE = 4


def is_near_quorum(fold: Fold) -> bool:
    """Say whether somebody waits in a lobby that lacks one player, or a quarter of its quorum."""
    if fold.position < 0 or fold.core.life != "lobby":
        return False
    players, quorum = fold.core.players.values(), fold.scenario.rules.quorum
    missing = quorum - counted(fold.core)
    return missing <= max(1, quorum // _SHARE) and any(p.present for p in players)


def near_quorum(fold: Fold) -> Signal:
    """Return what observers hear of such a lobby."""
    data = {"players": counted(fold.core), "quorum": fold.scenario.rules.quorum}
    return Signal(NEAR_QUORUM, fold.core.tick, data)
