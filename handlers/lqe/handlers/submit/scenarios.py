"""Which scenario is in force in a world, as its cursor says."""

from lqe.handlers.worlds import CodeOf
from lqe.ports.clock import Clock
from lqe.ports.cursors import Cursors
from lqe.scenario import Scenario

_KNOWN_FOR_US = 2_000_000
_MOST = 10_000


class InForce:
    """Remembers for two seconds what a cursor said: an upgrade is noticed that much later here.

    Until then frames are checked against the code before; the fold decides by the code in force.
    """

    def __init__(self, cursors: Cursors, code_of: CodeOf, clock: Clock) -> None:
        self._cursors = cursors
        self._code_of = code_of
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[str, int]] = {}

    def __call__(self, tenant: str, world: str) -> Scenario | None:
        """Return the scenario of a world, None if the fold has not seen the world yet."""
        now = self._clock.now_us()
        digest, since = self._known.get((tenant, world), ("", now - _KNOWN_FOR_US))
        if not digest or now - since >= _KNOWN_FOR_US or now < since:
            digest = self._cursors.tenant(tenant).get(world).scenario
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[tenant, world] = (digest, now)
        return self._code_of(tenant)(digest) if digest else None
