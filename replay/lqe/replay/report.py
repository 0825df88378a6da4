"""What a replay found: one verdict, its figures, and the first divergence explained."""

from enum import StrEnum

import msgspec

from .state import Difference


class Verdict(StrEnum):
    """The one word an auditor takes home. Each has its exit code."""

    VERIFIED = "verified"
    DIVERGED = "diverged"
    TAMPERED = "tampered"
    INCONCLUSIVE = "inconclusive"
    STUCK = "stuck"

    @property
    def exit_code(self) -> int:
        """0 for verified; a number of its own for each of the others."""
        codes = {"verified": 0, "diverged": 3, "tampered": 4, "inconclusive": 5, "stuck": 6}
        return codes[self.value]


class Divergence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a log and its recorded results first disagree.

    Between the keyframes `after` and `at` (ticks), that is in the events from position `first` to
    `last`; or at `position` exactly, where a second copy tells. `differences` are the first ones,
    `more_differences` counts the others.
    """

    what: str
    after: int | None = None
    at: int | None = None
    first: int | None = None
    last: int | None = None
    position: int | None = None
    differences: list[Difference] = []
    more_differences: int = 0


class PassedOver(msgspec.Struct, frozen=True, kw_only=True):
    """An event that was not folded, or not its ticks, and the decision by which it was not."""

    position: int
    part: str
    decided_at: int
    by: str
    reason: str


class Report(msgspec.Struct, kw_only=True):
    """The result of one replay."""

    verdict: Verdict
    world: str
    events: int = 0
    ticks: int = 0
    keyframes: int = 0
    attested: int = 0
    unattested: list[int] = []
    snapshots: int = 0
    applied: int = 0
    refused: dict[str, int] = {}
    passed_over: list[PassedOver] = []
    engine: str = ""
    scenarios: list[str] = []
    profile: str = ""
    recorded_profiles: list[str] = []
    seconds: float = 0.0
    divergence: Divergence | None = None
