"""The log port: gapless, append-only streams of event bytes, one a world, in a tenant's scope."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec


class Record(msgspec.Struct, frozen=True):
    """One stored event: its place in the world's log, its wire name, its bytes."""

    position: int
    name: str
    data: bytes


class Commit(msgspec.Struct, frozen=True):
    """Events for one world that are stored together or not at all; the first stands at `first`."""

    world: str
    first: int
    names: Sequence[str]
    events: Sequence[bytes]


class WorldLog(Protocol):
    """The log of one world."""

    def head(self) -> int:
        """Return the last position, -1 if there is none yet."""

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Record]:
        """Yield the records from `start` up to, not including, `stop` (or the end), in order."""


class TenantLog(Protocol):
    """The logs of one tenant; no other tenant's can be reached through it."""

    def world(self, name: str) -> WorldLog:
        """Return the log of one world."""

    def worlds(self) -> list[str]:
        """Return the names of all worlds with at least one event, sorted."""

    def append(self, commits: Sequence[Commit]) -> None:
        """Store all commits durably, or none of them.

        Raises Conflict if a position is taken, Gap if the one before the first is not there.
        """


class Logs(Protocol):
    """The way in: a handle for one tenant."""

    def tenant(self, name: str) -> TenantLog:
        """Return the logs of one tenant."""
