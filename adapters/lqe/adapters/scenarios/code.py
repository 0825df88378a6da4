"""The scenario of a digest: from sources given, kept with a tenant's logs, or packaged."""

import re
from collections.abc import Callable
from pathlib import Path

from lqe.errors import ScenarioError
from lqe.ports.objects import TenantObjects, source_name
from lqe.scenario import Scenario
from lqe.scenario.checks import check_scenario
from lqe.source import Source

from .loader import load_recorded


class LoadedCode:
    """Loads each scenario once. Called with a digest, as the fold asks for it.

    `stored` returns the bytes of a digest's source; `where` says in words where that looks.
    """

    def __init__(
        self, stored: Callable[[str], bytes | None], where: str, *, unchecked: bool = False
    ) -> None:
        self._stored = stored
        self._where = where
        self._unchecked = unchecked
        self._loaded: dict[str, Scenario] = {}

    def __call__(self, digest: str) -> Scenario:
        """Return the scenario of a digest; raise ScenarioError if its source is not there."""
        known = self._loaded.get(digest)
        if known is None:
            known = self._load(digest, self._source(digest))
        return known

    def _load(self, digest: str, source: Source) -> Scenario:
        loaded = self._loaded[digest] = load_recorded(source, unchecked=self._unchecked)
        return loaded

    def _source(self, digest: str) -> Source:
        data = self._stored(digest)
        if data is None:
            raise ScenarioError(f"the source of scenario {digest:.16}… is not {self._where}")
        source = Source.decode(data)
        if source.digest != digest:
            raise ScenarioError(
                f"the source kept as {digest:.16}… has digest {source.digest:.16}…: it was changed"
            )
        return source


class ScenarioCode(LoadedCode):
    """The code of the scenarios whose sources are kept with a tenant's logs."""

    def __init__(self, objects: TenantObjects, *, unchecked: bool = False) -> None:
        super().__init__(
            lambda digest: objects.get(source_name(digest)),
            "kept with the log",
            unchecked=unchecked,
        )
        self._objects = objects

    def keep(self, source: Source) -> str:
        """Store a source with the tenant's logs, and return its digest; raise ScenarioError."""
        digest = source.digest
        check_scenario(self._load(digest, source))
        self._objects.put(source_name(digest), source.encode())
        return digest


class PackagedCode(LoadedCode):
    """The code of the scenarios that a deployment carries: a file a digest, in one folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            lambda digest: _read(folder, digest),
            "in this deployment: deploy it with every scenario that open worlds use",
        )


_DIGEST = re.compile(r"[0-9a-f]{64}")


def _read(folder: Path, digest: str) -> bytes | None:
    # A digest comes from a log: nothing but one may name a file.
    path = folder / digest
    return path.read_bytes() if _DIGEST.fullmatch(digest) and path.is_file() else None
