"""Who achieved what, from the signals of a world."""

import msgspec

from lqe.errors import BadInput
from lqe.ports.bus import Published
from lqe.signals import ACHIEVEMENT


class Achievement(msgspec.Struct, frozen=True, kw_only=True):
    """An award to a player, with the signal's place in its world's log."""

    player: str
    name: str
    tick: int
    position: int
    index: int


class _Award(msgspec.Struct, frozen=True):
    player: str
    name: str


def achievement_in(published: Published) -> Achievement | None:
    """Return the award that a signal is, None if it is none; raise BadInput for a broken one."""
    signal = published.signal
    if signal.name != ACHIEVEMENT:
        return None
    try:
        award = msgspec.convert(signal.data, _Award)
    except msgspec.ValidationError as error:
        raise BadInput(f"expected a player and a name in an achievement: {error}") from None
    return Achievement(
        player=award.player,
        name=award.name,
        tick=signal.tick,
        position=published.position,
        index=published.index,
    )
