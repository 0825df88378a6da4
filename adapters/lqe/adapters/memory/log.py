"""The log port in memory."""

from collections.abc import Iterator, Sequence
from threading import Lock

from lqe.errors import Conflict, Gap
from lqe.names import check_tenant, check_world
from lqe.ports.log import Commit, Record


class _World:
    def __init__(self, records: list[Record]) -> None:
        self._records = records

    def head(self) -> int:
        return len(self._records) - 1

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Record]:
        return iter(self._records[start:stop])


class _Tenant:
    def __init__(self) -> None:
        self._worlds: dict[str, list[Record]] = {}
        self._lock = Lock()

    def world(self, name: str) -> _World:
        return _World(self._worlds.setdefault(check_world(name), []))

    def worlds(self) -> list[str]:
        return sorted(name for name, records in self._worlds.items() if records)

    def append(self, commits: Sequence[Commit]) -> None:
        with self._lock:
            added: dict[str, list[Record]] = {}
            for commit in commits:
                stored = self._worlds.setdefault(check_world(commit.world), [])
                new = added.setdefault(commit.world, [])
                expected = len(stored) + len(new)
                if commit.first < expected:
                    raise Conflict(f"{commit.world}: position {commit.first} is taken")
                if commit.first > expected:
                    raise Gap(f"{commit.world}: expected position {expected}, got {commit.first}")
                new += [
                    Record(commit.first + i, name, data)
                    for i, (name, data) in enumerate(zip(commit.names, commit.events, strict=True))
                ]
            for world, records in added.items():
                self._worlds[world] += records


class MemoryLogs:
    """The logs of all tenants, in memory."""

    def __init__(self) -> None:
        self._tenants: dict[str, _Tenant] = {}

    def tenant(self, name: str) -> _Tenant:
        """Return the logs of one tenant."""
        return self._tenants.setdefault(check_tenant(name), _Tenant())
