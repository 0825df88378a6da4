"""Which worlds have views that fail, told once each on the error output, and shown in health."""

from collections.abc import Callable
from time import monotonic
from typing import Final

from lqe.errors import ViewFailed

from .link import ViewFails

# A view that still fails is said again by then; one that is not is made again, or nobody looks.
_LASTS_S: Final = 60.0
_REMEMBERED: Final = 1_000
Fault = Callable[[str, Exception], None]


class ViewNotices:
    """What workers say of views that fail; `fault` hears each thing once."""

    def __init__(self, fault: Fault, clock: Callable[[], float] = monotonic) -> None:
        self._fault = fault
        self._clock = clock
        self._said: set[ViewFails] = set()
        self._latest: dict[tuple[str, str], tuple[float, str]] = {}

    def hear(self, said: ViewFails) -> None:
        """Take in that a view fails."""
        self._latest[said.tenant, said.world] = (self._clock(), said.reason)
        if said not in self._said:
            if len(self._said) >= _REMEMBERED:
                self._said.clear()
            self._said.add(said)
            self._fault(f"world {said.world} of {said.tenant}", ViewFailed(said.reason))

    def notices(self) -> list[str]:
        """Say of which worlds players do not see everything now, and why."""
        now = self._clock()
        self._latest = {k: v for k, v in self._latest.items() if now - v[0] < _LASTS_S}
        return [f"world {w} of {t}: {reason}" for (t, w), (_, reason) in self._latest.items()]
