"""Months of UTC, by which use is billed."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from lqe.errors import BadInput

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MONTH: Final = re.compile(r"(19[7-9][0-9]|[2-8][0-9]{3})-(0[1-9]|1[0-2])")
_A_YEAR: Final = 12
_MICROSECOND: Final = timedelta(microseconds=1)


class Month(msgspec.Struct, frozen=True, order=True):
    """One month; `str` writes it as 2026-11."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def start_us(self) -> int:
        """When it begins, in microseconds since 1970; the month before ends then."""
        return (datetime(self.year, self.month, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND

    @property
    def following(self) -> "Month":
        """The month after it."""
        year, month = divmod(self.year * _A_YEAR + self.month, _A_YEAR)
        return Month(year, month + 1)


def month_named(name: str) -> Month:
    """Return the month that is written as 2026-11; raise BadInput for anything else."""
    if not _MONTH.fullmatch(name):
        raise BadInput(f"expected a month as 2026-11, from 1970-01 to 8999-12, got {name!r:.40}")
    year, _, month = name.partition("-")
    return Month(int(year), int(month))


def month_of(at_us: int) -> Month:
    """Return the month in which a time of an event lies; raise BadInput beyond the calendar."""
    try:
        day = _EPOCH + timedelta(microseconds=at_us)
    except OverflowError:
        raise BadInput(f"{at_us} microseconds since 1970 are beyond the year 9999") from None
    return Month(day.year, day.month)
