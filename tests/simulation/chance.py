"""Chance from one seed: what is planned, in which order things happen, and what goes wrong.

Each fault is drawn where it strikes and written down by its place (which call, and the how manieth
of its kind), so that a run can be repeated with some of its faults only.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """What went wrong, where, the how manieth time somebody was there, and how badly (0 to 1)."""

    place: str
    nth: int
    kind: str
    amount: float

    def words(self) -> str:
        """Return the fault as a person says it."""
        return f"{self.place}, time {self.nth}: {KINDS[self.kind]}"


# Everything that can go wrong, in words, and how often it is looked for where it can strike.
KINDS: Final[Mapping[str, str]] = {
    "killed before": "the process is killed before the call",
    "killed after": "the process is killed after the call took effect",
    "unreachable": "the service cannot be reached",
    "throttled": "the service refuses for now",
    "answer lost": "the call takes effect and its answer is lost",
    "sent twice": "the answer is lost, and the client makes the call again",
    "stalled before": "the process stands still before the call, and others go on",
    "stalled after": "the process stands still after the call, and others go on",
    "conflict": "another request for the same name is under way",
    "refused in part": "the service takes some of the entries only",
    "eventual": "the read is some writes behind",
    "cold": "the call comes to a process that has just started",
    "delivered again": "what was delivered is delivered again, though it was settled",
    "expired": "the batch is given to another process before this one is done",
    "out of order": "the record overtakes others on its way",
    "trimmed": "records are lost before anybody read them",
    "cut": "the call has no time for more",
    "too slow": "folding the event takes longer than any may",
    "clock jumps": "the clock of the process is set to another time",
    "ended": "somebody ends the execution",
    "unheard": "nobody is told that the socket is gone",
}
_RATES: Final = (0.0, 0.0, 0.004, 0.02, 0.06)
# These strike once a batch or once a message, not once a call: more often, then.
_SELDOM_ASKED: Final = {"cold": 8.0, "delivered again": 5.0, "expired": 4.0,
    "out of order": 12.0, "trimmed": 1.5, "cut": 3.0, "refused in part": 3.0, "conflict": 6.0,
    "unheard": 8.0, "ended": 8.0, "too slow": 0.05, "eventual": 8.0}  # fmt: skip


class Chance:
    """The chance of one run. `played` are the faults to repeat; without them they are drawn."""

    def __init__(self, seed: int, played: Sequence[Fault] | None = None) -> None:
        source = Random(seed)
        self.plan = Random(source.getrandbits(64))
        self.order = Random(source.getrandbits(64))
        self._faults = Random(source.getrandbits(64))
        self.faults: list[Fault] = []
        self.calm = False
        self._played = None if played is None else {(f.place, f.nth): f for f in played}
        self._visits: dict[str, int] = {}
        # Each run has weather of its own: some faults often, some never.
        self._rates = {
            kind: self._faults.choice(_RATES) * _SELDOM_ASKED.get(kind, 1.0) for kind in KINDS
        }
        if self._faults.random() < 0.08:
            self._rates = dict.fromkeys(KINDS, 0.0)

    def strikes(self, place: str, kinds: Sequence[str]) -> Fault | None:
        """Return what goes wrong here now, if anything does."""
        if self.calm:
            return None
        nth = self._visits[place] = self._visits.get(place, 0) + 1
        if self._played is not None:
            fault = self._played.get((place, nth))
            fault = fault if fault is not None and fault.kind in kinds else None
        else:
            fault = self._drawn(place, nth, kinds)
        if fault is not None:
            self.faults.append(fault)
        return fault

    def _drawn(self, place: str, nth: int, kinds: Sequence[str]) -> Fault | None:
        left = self._faults.random()
        for kind in kinds:
            left -= self._rates[kind]
            if left < 0:
                return Fault(place, nth, kind, self._faults.random())
        return None
