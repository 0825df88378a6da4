"""Which snapshots of a world stay: the newest, one an hour, one a day, and those that begin code.

Any of them can be folded again from the log: a snapshot saves the time that this takes. So the
latest hours keep many, years keep few, and a world that is replayed from where its code changed
finds that place.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

_NEWEST: Final = 3
_HOUR_US: Final = 3_600_000_000
_DAY_US: Final = 24 * _HOUR_US
# So long one an hour stays.
_HOURLY_US: Final = 2 * _DAY_US


class Mark(msgspec.Struct, frozen=True):
    """One stored snapshot: its tick, and the digest of the code that was in force from there.

    One that nobody has looked into yet has none.
    """

    tick: int
    scenario: str | None = None


def superfluous(marks: Sequence[Mark], *, tick_us: int, needed_from: int) -> list[int]:
    """Return the ticks of the snapshots that nobody needs, of `marks` in the order of ticks.

    Those from tick `needed_from` on stay: a fold may start there. So do the first of all, the first
    of each code, and those of which the code is not known.
    """
    newest = {mark.tick for mark in marks[-_NEWEST:]}
    last_us = marks[-1].tick * tick_us if marks else 0
    dropped: list[int] = []
    code: str | None = None
    hour = day = -1
    for mark in marks:
        at_us = mark.tick * tick_us
        is_kept = mark.scenario is None or mark.scenario != code
        is_kept |= mark.tick in newest or mark.tick >= needed_from
        is_recent = at_us > last_us - _HOURLY_US
        is_kept |= at_us // _DAY_US != day or (is_recent and at_us // _HOUR_US != hour)
        code, hour, day = mark.scenario, at_us // _HOUR_US, at_us // _DAY_US
        if not is_kept:
            dropped.append(mark.tick)
    return dropped
