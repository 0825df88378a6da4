"""Processes are made ready for a world whose players are about to give their first commands."""

from typing import Final

from lqe.ports.bus import Published
from lqe.ports.clock import Clock
from lqe.ports.pool import Pool
from lqe.signals import NEAR_QUORUM, QUORUM

# Within this time a world is not warmed again: near its quorum, at it, by somebody who comes and
# goes. And if so many worlds begin in that time, each finds what the ones before it have started.
SOON_US: Final = 60_000_000
MOST_WORLDS: Final = 20
# Where each signal has the number of players who begin.
_SAYS: Final = {NEAR_QUORUM: "quorum", QUORUM: "players"}


class PoolWarmer:
    """Warms by signals. One that comes twice, or never, changes nothing but the time it takes."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._warmed_us: dict[tuple[str, str], int] = {}

    def handle(self, published: Published) -> None:
        """Take in a signal, if it is of a quorum that is near or there."""
        players = _players_in(published)
        if not players:
            return
        now_us, key = self._clock.now_us(), (published.tenant, published.world)
        self._warmed_us = {k: us for k, us in self._warmed_us.items() if 0 <= now_us - us < SOON_US}
        if key not in self._warmed_us and len(self._warmed_us) < MOST_WORLDS:
            self._pool.warm(*key, players)
            self._warmed_us[key] = now_us


def _players_in(published: Published) -> int:
    """Return how many players begin; none if a signal only has the name of one that says so."""
    signal = published.signal
    said = signal.data.get(_SAYS[signal.name]) if signal.name in _SAYS else None
    return said if isinstance(said, int) and said > 0 else 0
