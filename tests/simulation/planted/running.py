"""Bugs of runs: time that does not begin, or is not begun again for whoever is there."""

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from lqe.adapters.runs import DocumentRuns
from lqe.handlers.connect.handler import Connect
from lqe.handlers.ticker.handler import Ticker
from lqe.ports.runs import Run
from tests.simulation.patches import Patch
from tests.simulation.planted.bug import collected


def a_quorum_begins_nothing() -> Iterable[Patch]:
    """Nobody takes in that the players are there."""
    yield Ticker, "handle", lambda _self, _published: None


def a_run_holds_its_world_for_ever() -> Iterable[Patch]:
    """A run that was ended without a word keeps the next one from starting."""
    get = DocumentRuns._get

    def held(self: Any, tenant: str, world: str) -> tuple[bytes | None, Run | None]:
        stored, run = get(self, tenant, world)
        return stored, run and replace(run, until_us=1 << 62)

    yield DocumentRuns, "_get", held


def who_is_heard_gets_no_time() -> Iterable[Patch]:
    """Time is looked for when somebody connects, and never again."""

    def heard(self: Any, connection: Any) -> None:
        self._connections.heard(connection, self._clock.now_us())

    yield Connect, "heard", heard


RUNNING = collected(
    a_quorum_begins_nothing, a_run_holds_its_world_for_ever, who_is_heard_gets_no_time
)
