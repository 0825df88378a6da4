"""The log port in memory."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from threading import Lock

from lqe.errors import Conflict, Gap, LedgerQuestError
from lqe.names import check_tenant, check_world
from lqe.ports.log import Commit, Record


class _World:
    def __init__(self) -> None:
        self.records: list[Record] = []
        self.places_of: dict[str, int] = {}

    def head(self) -> int:
        return len(self.records) - 1

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Record]:
        return iter(self.records[start:stop])

    def places(self, messages: Collection[str]) -> Mapping[str, int]:
        return {m: self.places_of[m] for m in messages if m in self.places_of}

    def store(self, commit: Commit) -> None:
        expected = len(self.records)
        if commit.first < expected:
            raise Conflict(f"{commit.world}: position {commit.first} is taken")
        if commit.first > expected:
            raise Gap(f"{commit.world}: expected position {expected}, got {commit.first}")
        self.records += [
            Record(position, name, data)
            for position, name, data in zip(
                range(commit.first, commit.last + 1), commit.names, commit.events, strict=True
            )
        ]
        self.places_of.update(commit.places())


class _Tenant:
    def __init__(self) -> None:
        self._worlds: dict[str, _World] = {}
        self._lock = Lock()

    def world(self, name: str) -> _World:
        return self._worlds.setdefault(check_world(name), _World())

    def worlds(self) -> list[str]:
        return sorted(name for name, world in self._worlds.items() if world.records)

    def append(self, commits: Sequence[Commit]) -> list[LedgerQuestError | None]:
        results: list[LedgerQuestError | None] = []
        refused: dict[str, LedgerQuestError] = {}
        with self._lock:
            for commit in commits:
                if commit.world not in refused:
                    try:
                        self.world(commit.world).store(commit)
                    except (Conflict, Gap) as error:
                        refused[commit.world] = error
                results.append(refused.get(commit.world))
        return results


class MemoryLogs:
    """The logs of all tenants, in memory."""

    def __init__(self) -> None:
        self._tenants: dict[str, _Tenant] = {}

    def tenant(self, name: str) -> _Tenant:
        """Return the logs of one tenant."""
        return self._tenants.setdefault(check_tenant(name), _Tenant())
