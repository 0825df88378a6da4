"""The cursor port: how far the fold of each world has come, moved by compare and set."""

from typing import Literal, Protocol

import msgspec
from msgspec.structs import replace

from lqe.stuck import Stuck
from lqe.usage import Usage

StoppedBy = Literal["fold", "process", "operator"]


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """A fold's progress: effects up to `position` are out; the newest snapshot is of `snapshot`.

    `scenario` is the digest of the code in force, `usage` the totals of the log up to the position;
    older engines wrote none. `present` players were connected then, and `closed_us` is when the
    world ended, 0 while it goes on.
    `quarantine` says why a world stands still, if it does, and `stopped_by` who let it: its fold,
    the process that it ended, or an operator. One that ended a process is tried alone before it is
    folded beside others again, also without a quarantine. `stuck` says where it stands, or stood
    till it was released, if an event cannot be folded.
    """

    position: int = -1
    tick: int = 0
    snapshot: int | None = None
    digest: str = ""
    scenario: str = ""
    usage: Usage = Usage()
    present: int = 0
    closed_us: int = 0
    quarantine: str = ""
    stopped_by: StoppedBy = "fold"
    stuck: Stuck | None = None

    def released(self) -> "Cursor":
        """Return the cursor of the world when it is to be folded again, or tried alone first."""
        stopped_by: StoppedBy = "process" if self.stopped_by == "process" else "fold"
        return replace(self, quarantine="", stopped_by=stopped_by)


class TenantCursors(Protocol):
    """The cursors of one tenant's worlds."""

    def get(self, world: str) -> Cursor:
        """Return a world's cursor; one at position -1 if it was never moved."""

    def move(self, world: str, old: Cursor, new: Cursor) -> bool:
        """Replace `old` by `new`; say False, and change nothing, if it is not `old` any more."""


class Cursors(Protocol):
    """The way in: a handle for one tenant."""

    def tenant(self, name: str) -> TenantCursors:
        """Return the cursors of one tenant."""
