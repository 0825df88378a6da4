"""The port of runs: whose turn it is to let time pass in a world, changed by compare and set."""

from typing import Protocol

import msgspec


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One execution of an orchestrator in a world, `hz` beats a second, named by its epoch.

    It holds the world until `until_us`; `seen` once a turn of it has begun.
    """

    epoch: int
    hz: float
    until_us: int
    seen: bool = False


class Runs(Protocol):
    """The newest run of every world; as long as it holds the world, no other one is started.

    What happens if two run at once all the same is in the ids of their messages: a beat is
    recorded once. All of these raise Unavailable if it cannot be known what holds.
    """

    def next(
        self,
        tenant: str,
        world: str,
        *,
        hz: float | None = None,
        first: bool = False,
        after: int | None = None,
    ) -> Run | None:
        """Return the run that has to be started now, None if one goes on already.

        Where there never was one, there is none either, unless it may be the `first`. `hz` is the
        cadence from now on. The run of the epoch `after` is taken for over. One of which no turn
        was seen is returned again: whoever was to start it may have been ended before.
        """

    def hold(self, tenant: str, world: str, epoch: int) -> Run | None:
        """Let a run hold its world from now on; None if there is a newer one."""

    def let_go(self, tenant: str, world: str, epoch: int) -> Run | None:
        """Let a run hold its world no longer; None if there is a newer one."""
