"""What a world has used, counted from its log, or on from what was counted of it before."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from lqe.codec import Codec
from lqe.errors import BadInput, Gap
from lqe.ports.log import WorldLog
from lqe.usage import Usage

from .months import Month

# What was counted of a world in the months before one: to count on from, never needed.
Counted = Callable[[str, Month], Usage]
_NOTHING: Final = Usage()


def usage_in(data: dict[str, Any]) -> Usage:
    """Return the totals in a usage signal; raise BadInput."""
    try:
        return msgspec.convert(data, Usage)
    except msgspec.ValidationError as error:
        raise BadInput(f"expected the totals of a usage signal: {error}") from None


def usage_of(
    log: WorldLog,
    counted: Usage = _NOTHING,
    *,
    stop: int | None = None,
    before_us: int | None = None,
) -> Usage:
    """Return the totals of a log's events up to, not including, position `stop` or `before_us`.

    `counted` are totals of its beginning, which is not read again. Raises Gap if an event is
    missing, BadEvent for one that cannot be read: nobody can count those.
    """
    decode = Codec().decode
    for record in log.read(counted.events, stop):
        if record.position != counted.events:
            raise Gap(f"expected the event at {counted.events}, the log has {record.position} next")
        more = counted.after(decode(record.data), len(record.data))
        if before_us is not None and more.at_us >= before_us:
            return counted
        counted = more
    return counted
