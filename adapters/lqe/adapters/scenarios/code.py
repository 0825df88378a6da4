"""The scenario of a digest: from sources given, or from those kept with a tenant's logs."""

from lqe.errors import ScenarioError
from lqe.ports.objects import TenantObjects, source_name
from lqe.scenario import Scenario
from lqe.source import Source

from .loader import load_source


class ScenarioCode:
    """Loads each scenario once. Called with a digest, as the fold asks for it."""

    def __init__(self, objects: TenantObjects, *, unchecked: bool = False) -> None:
        self._objects = objects
        self._unchecked = unchecked
        self._loaded: dict[str, Scenario] = {}

    def keep(self, source: Source) -> str:
        """Store a source with the tenant's logs, and return its digest."""
        digest = source.digest
        self._loaded[digest] = load_source(source, unchecked=self._unchecked)
        self._objects.put(source_name(digest), source.encode())
        return digest

    def __call__(self, digest: str) -> Scenario:
        """Return the scenario of a digest; raise ScenarioError if its source is not kept."""
        known = self._loaded.get(digest)
        if known is None:
            known = self._loaded[digest] = load_source(
                self._source(digest), unchecked=self._unchecked
            )
        return known

    def _source(self, digest: str) -> Source:
        data = self._objects.get(source_name(digest))
        if data is None:
            raise ScenarioError(f"the source of scenario {digest:.16}… is not kept with the log")
        source = Source.decode(data)
        if source.digest != digest:
            raise ScenarioError(
                f"the source kept as {digest:.16}… has digest {source.digest:.16}…: it was changed"
            )
        return source
