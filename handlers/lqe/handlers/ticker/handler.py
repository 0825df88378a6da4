"""Time begins in a world when its quorum is there, and keeps to the cadence of its code."""

from lqe.errors import BadInput
from lqe.ports.bus import Published
from lqe.ports.orchestrator import Orchestrator
from lqe.signals import QUORUM, UPGRADED


class Ticker:
    """Lets time begin by signals. One that comes twice, or late, changes nothing."""

    def __init__(self, orchestrator: Orchestrator) -> None:
        self._orchestrator = orchestrator

    def handle(self, published: Published) -> None:
        """Take in a signal, if it is of a quorum or of new code."""
        signal, where = published.signal, (published.tenant, published.world)
        if signal.name == QUORUM:
            self._orchestrator.begin(*where, _hz_in(published))
        elif signal.name == UPGRADED:
            self._orchestrator.resume(*where, _hz_in(published))


def _hz_in(published: Published) -> float:
    hz = published.signal.data.get("clock_hz")
    if not isinstance(hz, int | float) or not hz > 0:
        raise BadInput(f"expected `clock_hz` above 0 in a {published.signal.name}, got {hz!r:.80}")
    return float(hz)
