"""Which code each world is played by: its own, whatever the server was started with."""

from collections.abc import Callable, Mapping

from lqe.adapters.scenarios import ScenarioCode
from lqe.errors import LedgerQuestError
from lqe.ports.cursors import Cursors
from lqe.scenario import Scenario

Key = tuple[str, str]


class CodeInForce:
    """Finds a world's scenario, by what folded it; `newest` is the digest that new ones begin with.

    `paced` hears at how many hertz time is recorded in a world from now on, where its code changed.
    """

    def __init__(
        self,
        codes: Mapping[str, ScenarioCode],
        cursors: Cursors,
        newest: Callable[[], str],
        paced: Callable[[str, str, float], None],
    ) -> None:
        self._codes = codes
        self._cursors = cursors
        self._newest = newest
        self._paced = paced
        self._digests: dict[Key, str] = {}

    def scenario(self, tenant: str, world: str) -> Scenario:
        """Return the code in force in a world; that of new ones where there is none yet."""
        digest = self._digests.get((tenant, world))
        if digest is None:
            digest = self._cursors.tenant(tenant).get(world).scenario or self._newest()
            self._digests[tenant, world] = digest
        return self._codes[tenant](digest)

    def hz(self, tenant: str, world: str) -> float:
        """Return how often time is recorded in a world when nobody acts."""
        try:
            scenario = self.scenario(tenant, world)
        except LedgerQuestError:
            # A world without its code stands still; what is recorded waits until it is there.
            scenario = self._codes[tenant](self._newest())
        return scenario.rules.clock_hz

    def changed(self, tenant: str, world: str, digest: str) -> None:
        """Note that a world is played by this code from now on, and at its pace."""
        self._digests[tenant, world] = digest
        self._paced(tenant, world, self.hz(tenant, world))
