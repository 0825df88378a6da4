"""The statement: what a tenant used in a month. Operator and tenant make it, and compare bytes."""

import hashlib
from collections.abc import Iterable
from typing import Annotated, Final

import msgspec

from lqe.errors import BadInput
from lqe.names import check_tenant, check_world
from lqe.ports.log import TenantLog
from lqe.usage import Usage

from .months import Month, month_named
from .usage import Counted, usage_of

Count = Annotated[int, msgspec.Meta(ge=0)]
FORMAT: Final = "ledgerquest.statement.v1"
BILLED: Final = ("commands", "ticks", "events", "bytes", "write_units", "messages")


class Billed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is counted; `lqe.usage.Usage` says of each what it is."""

    commands: Count = 0
    ticks: Count = 0
    events: Count = 0
    bytes: Count = 0
    write_units: Count = 0
    messages: Count = 0


class Line(Billed, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one world used: the events of its log from position `first` to `last`."""

    world: str
    first: Count
    last: Count


class Statement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tenant's month: a line for each world with an event in it, by name, and their sum."""

    format: str = FORMAT
    tenant: str
    month: str
    worlds: tuple[Line, ...]
    total: Billed

    def encode(self) -> bytes:
        """Return the one way in which this statement is written: as RFC 8785 does."""
        return _encode(self)

    @property
    def digest(self) -> str:
        """The sha256 of the encoded statement: whoever has the same digest has the same bill."""
        return hashlib.sha256(self.encode()).hexdigest()


_encode = msgspec.json.Encoder(order="sorted").encode


def statement_of(
    tenant: str,
    month: Month,
    log: TenantLog,
    worlds: Iterable[str],
    counted: Counted = lambda _world, _month: Usage(),
) -> Statement:
    """Return the statement of a tenant's worlds, counted from their logs.

    An event belongs to the month of its time; a time before that of an earlier event counts as
    that one. `counted` shortens the reading, and changes nothing else.
    """
    lines = [_line(world, month, log, counted) for world in sorted(set(worlds))]
    there = tuple(line for line in lines if line.events)
    return Statement(tenant=check_tenant(tenant), month=str(month), worlds=there, total=_sum(there))


def read_statement(data: bytes) -> Statement:
    """Return the statement that somebody wrote, however it is spaced; raise BadInput."""
    try:
        found = msgspec.json.decode(data, type=Statement)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"expected a statement as JSON: {error}") from None
    if found.format != FORMAT:
        raise BadInput(f"expected the format {FORMAT!r}, got {found.format!r:.80}")
    check_tenant(found.tenant)
    month_named(found.month)
    names = [check_world(line.world) for line in found.worlds]
    if names != sorted(set(names)):
        raise BadInput("expected one line a world, sorted by name")
    if found.total != _sum(found.worlds):
        raise BadInput("the total is not the sum of the lines: whoever wrote it has to say why")
    return found


def first_difference(mine: Statement, theirs: Statement) -> str | None:
    """Say where two statements first differ, None where they are equal to the unit."""
    for name in ("tenant", "month"):
        if getattr(mine, name) != getattr(theirs, name):
            return f"{name}: {getattr(mine, name)} here, {getattr(theirs, name)} there"
    here, there = ({line.world: line for line in s.worlds} for s in (mine, theirs))
    for world in sorted({*here, *there}):
        if world not in there or world not in here:
            return f"world {world}: only in {'mine' if world in here else 'theirs'}"
        for name in ("first", "last", *BILLED):
            ours, other = getattr(here[world], name), getattr(there[world], name)
            if ours != other:
                return f"world {world}: {name} is {ours} in mine, {other} in theirs"
    return None


def _line(world: str, month: Month, log: TenantLog, counted: Counted) -> Line:
    own = log.world(world)
    start_us, end_us = month.start_us, month.following.start_us
    opening = usage_of(own, counted(world, month), before_us=start_us)
    closing = usage_of(own, opening.later(counted(world, month.following)), before_us=end_us)
    used = {name: getattr(closing, name) - getattr(opening, name) for name in BILLED}
    return Line(world=world, first=opening.events, last=max(closing.events - 1, 0), **used)


def _sum(lines: Iterable[Billed]) -> Billed:
    there = tuple(lines)
    return Billed(**{name: sum(getattr(line, name) for line in there) for name in BILLED})
