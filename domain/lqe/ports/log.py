"""The log port: gapless, append-only streams of event bytes, one a world, in a tenant's scope."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec

from lqe.errors import LedgerQuestError


class Record(msgspec.Struct, frozen=True):
    """One stored event: its place in the world's log, its wire name, its bytes."""

    position: int
    name: str
    data: bytes


class Origin(msgspec.Struct, frozen=True):
    """An intake message, and how many events of a commit came from it."""

    message: str
    events: int


class Commit(msgspec.Struct, frozen=True):
    """Events for one world that are stored together or not at all; the first stands at `first`.

    `tick` and `at_us` are those of the last event; `origins` say which messages brought the
    events, in order, so that a message that is delivered again is known.
    """

    world: str
    first: int
    names: Sequence[str]
    events: Sequence[bytes]
    tick: int = 0
    at_us: int = 0
    origins: Sequence[Origin] = ()

    @property
    def last(self) -> int:
        """The position of the last event."""
        return self.first + len(self.events) - 1

    def places(self) -> dict[str, int]:
        """Return the position of the first event of each message."""
        found: dict[str, int] = {}
        position = self.first
        for origin in self.origins:
            found.setdefault(origin.message, position)
            position += origin.events
        return found


class WorldLog(Protocol):
    """The log of one world."""

    def head(self) -> int:
        """Return the last position, -1 if there is none yet."""

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Record]:
        """Yield the records from `start` up to, not including, `stop` (or the end), in order."""

    def places(self, messages: Collection[str]) -> Mapping[str, int]:
        """Return where the first events of those messages stand that the latest commits hold.

        How many commits are looked at is the adapter's business, and none where the intake
        delivers once: a message that is not found is appended once more, and the fold refuses its
        commands as duplicates.
        """


class TenantLog(Protocol):
    """The logs of one tenant; no other tenant's can be reached through it."""

    def world(self, name: str) -> WorldLog:
        """Return the log of one world."""

    def append(self, commits: Sequence[Commit]) -> Sequence[LedgerQuestError | None]:
        """Store each commit durably or not at all; return for each None, or why it is not stored.

        Conflict if a position is taken, Gap if the one before the first is not there,
        Unavailable if it cannot be known whether it was stored. What becomes of one world's
        commits is nothing to another's; of one world, none is stored after one that was not.
        """


class Logs(Protocol):
    """The way in: a handle for one tenant."""

    def tenant(self, name: str) -> TenantLog:
        """Return the logs of one tenant."""
