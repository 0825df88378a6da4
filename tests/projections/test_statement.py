"""A statement is a function of the log: of its bytes, and of nothing that happened to them."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from lqe.adapters.memory import MemoryDocuments, MemoryLogs
from lqe.codec import Codec
from lqe.errors import BadEvent, BadInput, Gap
from lqe.events import AnyEvent, ClockAdvanced, CommandSubmitted, PlayerJoined
from lqe.handlers.meter.handler import Meter
from lqe.ports.log import Record
from lqe.projections.months import Month, month_named, month_of
from lqe.projections.statement import (
    BILLED,
    Statement,
    first_difference,
    read_statement,
    statement_of,
)
from lqe.projections.usage import usage_of
from lqe.usage import Usage
from tests.logs import START_US, logs, signal, store, totals

MONTHS = [month_named(f"2026-{month}") for month in (10, 11, 12)]
NOVEMBER = MONTHS[1]
ALL_OF_IT = MONTHS + [Month(2027, month) for month in range(1, 13)]


def plain(events: Sequence[AnyEvent], month: Month) -> dict[str, int] | None:
    """Return what a month comes to, counted in the most obvious way."""

    def inside(event: AnyEvent) -> bool:
        when = datetime.fromtimestamp(event.at_us // 1_000_000, UTC)
        return (when.year, when.month) == (month.year, month.month)

    there = [i for i, e in enumerate(events) if inside(e)]
    if not there:
        return None
    own = [events[i] for i in there]
    by_tick: dict[int, int] = defaultdict(int)
    for event in own:
        by_tick[event.tick] += len(Codec().encode(event))
    before = events[there[0] - 1].tick if there[0] else 0
    commands = sum(isinstance(e, CommandSubmitted) for e in own)
    return {
        "first": there[0],
        "last": there[-1],
        "commands": commands,
        "ticks": own[-1].tick - before,
        "events": len(own),
        "bytes": sum(by_tick.values()),
        "write_units": sum((size + 1_023) // 1_024 for size in by_tick.values()),
        "messages": commands + sum(isinstance(e, PlayerJoined) for e in own),
    }


def of(events: Sequence[AnyEvent], month: Month = NOVEMBER) -> Statement:
    log = MemoryLogs().tenant("acme")
    store(log, "w1", events)
    return statement_of("acme", month, log, ["w1"])


@given(logs(), st.sampled_from(MONTHS))
def test_a_line_is_what_counting_by_hand_comes_to(events: list[AnyEvent], month: Month) -> None:
    lines = of(events, month).worlds
    expected = plain(events, month)
    assert [{n: getattr(line, n) for n in ("first", "last", *BILLED)} for line in lines] == (
        [expected] if expected else []
    )


@given(st.data(), logs())
def test_signals_that_come_late_twice_or_never_change_nothing(
    data: st.DataObject, events: list[AnyEvent]
) -> None:
    told = data.draw(st.lists(st.sampled_from(totals(events) or [Usage()]), max_size=40))
    log = MemoryLogs().tenant("acme")
    store(log, "w1", events)
    meter = Meter(MemoryDocuments())
    for used in told:
        meter.handle(signal(used))
    for month in MONTHS:
        metered = statement_of("acme", month, log, ["w1"], meter.of("acme"))
        assert metered.encode() == statement_of("acme", month, log, ["w1"]).encode()
    latest = max(told, key=lambda used: used.events, default=Usage())
    assert meter.usage("acme", "w1") == latest


@given(logs())
def test_the_months_of_a_log_are_all_of_it(events: list[AnyEvent]) -> None:
    lines = [line for month in ALL_OF_IT for line in of(events, month).worlds]
    whole = totals(events)[-1] if events else Usage()
    for name in BILLED:
        assert sum(getattr(line, name) for line in lines) == getattr(whole, name)
    assert [line.first for line in lines[1:]] == [line.last + 1 for line in lines[:-1]]


def test_worlds_are_lines_by_name_and_their_total_is_their_sum() -> None:
    log = MemoryLogs().tenant("acme")
    at_us = NOVEMBER.start_us
    for world, size in (("w2", 1_900), ("w1", 10), ("later", 5)):
        event = ClockAdvanced(tick=3, at_us=at_us - (world == "later"), sealed=bytes(size))
        store(log, world, [event])
    made = statement_of("acme", NOVEMBER, log, ["w2", "later", "w1", "w1", "never-opened"])
    assert [line.world for line in made.worlds] == ["w1", "w2"]
    assert (made.total.events, made.total.ticks, made.total.write_units) == (2, 6, 1 + 2)


def test_the_meter_reads_a_log_no_further_back_than_its_last_totals() -> None:
    events = [ClockAdvanced(tick=t, at_us=START_US + t) for t in range(20)]
    log = MemoryLogs().tenant("acme")
    store(log, "w1", events)
    starts: list[int] = []

    class Watched:
        def read(self, start: int = 0, stop: int | None = None) -> object:
            starts.append(start)
            return log.world("w1").read(start, stop)

        def world(self, _: str) -> "Watched":
            return self

    meter = Meter(MemoryDocuments())
    meter.handle(signal(totals(events)[14]))
    statement_of("acme", NOVEMBER, Watched(), ["w1"], meter.of("acme"))  # type: ignore[arg-type]
    assert starts == [15, 20]


def test_totals_of_an_engine_that_counted_less_are_shown_and_never_counted_on() -> None:
    documents = MemoryDocuments()
    own = documents.tenant("acme")
    assert own.replace("w1", "usage", None, b'{"events":7,"commands":2,"ticks":9}')
    meter = Meter(documents)
    assert meter.usage("acme", "w1") == Usage(events=7, commands=2, ticks=9)
    assert meter.of("acme")("w1", NOVEMBER.following) == Usage()
    meter.handle(signal(Usage(events=8, commands=3, ticks=9)))
    assert own.names("w1") == ["usage"]
    new = Usage(events=9, commands=3, ticks=9, bytes=800, at_us=START_US)
    meter.handle(signal(new))
    assert own.names("w1") == ["usage", "usage/2026-10"]
    assert meter.usage("acme", "w1") == new


class _Log:
    """A log with the records that it is given."""

    def __init__(self, *records: Record) -> None:
        self._records = records

    def read(self, start: int = 0, stop: int | None = None) -> list[Record]:
        return [r for r in self._records if r.position >= start and (stop is None or start < stop)]


def test_a_log_with_a_hole_or_with_bytes_that_nobody_reads_has_no_totals() -> None:
    data = Codec().encode(ClockAdvanced())
    with pytest.raises(Gap, match="expected the event at 1, the log has 2"):
        usage_of(_Log(Record(0, "n", data), Record(2, "n", data)))  # type: ignore[arg-type]
    with pytest.raises(BadEvent):
        usage_of(_Log(Record(0, "n", b"junk")))  # type: ignore[arg-type]


@given(logs())
def test_a_statement_is_read_back_as_it_is_however_it_is_spaced(events: list[AnyEvent]) -> None:
    made = of(events)
    document = made.encode()
    assert read_statement(document) == made
    spaced = json.dumps(json.loads(document), indent=2).encode()
    assert read_statement(spaced).digest == made.digest == hashlib.sha256(document).hexdigest()
    # One way of writing it: sorted names, no spaces, plain integers.
    plainly = json.dumps(json.loads(document), sort_keys=True, separators=(",", ":"))
    assert plainly.encode() == document


SOME = of([ClockAdvanced(tick=5, at_us=NOVEMBER.start_us, sealed=b"x")])
LINE = SOME.worlds[0]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "statement as JSON"),
        (b"[" * 100_000, "statement as JSON"),
        (b"\xff", "statement as JSON"),
        (b'{"tenant":"acme"}', "missing required field"),
        (replace(SOME, format="other").encode(), "expected the format"),
        (replace(SOME, tenant="A#b").encode(), "tenant name"),
        (replace(SOME, month="2026-13").encode(), "expected a month"),
        (replace(SOME, worlds=(LINE, LINE)).encode(), "one line a world"),
        (replace(SOME, worlds=()).encode(), "not the sum"),
        (replace(SOME, worlds=(replace(LINE, bytes=0),)).encode(), "not the sum"),
        (replace(SOME, total=replace(SOME.total, ticks=-1)).encode(), ">= 0"),
    ],
)
def test_what_is_no_statement_or_does_not_add_up_is_not_taken_for_one(
    data: bytes, why: str
) -> None:
    with pytest.raises(BadInput, match=why):
        read_statement(data)


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        (SOME, None),
        (replace(SOME, tenant="other"), "tenant: acme here, other there"),
        (replace(SOME, month="2026-12"), "month: 2026-11 here, 2026-12 there"),
        (replace(SOME, worlds=()), "world w1: only in mine"),
        (replace(SOME, worlds=(LINE, replace(LINE, world="w2"))), "world w2: only in theirs"),
        (
            replace(SOME, worlds=(replace(LINE, last=9),)),
            "world w1: last is 0 in mine, 9 in theirs",
        ),
        (
            replace(SOME, worlds=(replace(LINE, bytes=1),)),
            f"world w1: bytes is {LINE.bytes} in mine, 1 in theirs",
        ),
    ],
)
def test_the_first_difference_is_named(theirs: Statement, said: str | None) -> None:
    assert first_difference(SOME, theirs) == said


@given(st.integers(0, 60 * 365 * 86_400 * 10**6))
def test_a_time_lies_in_the_month_that_begins_before_it_and_ends_after_it(at_us: int) -> None:
    month = month_of(at_us)
    assert month.start_us <= at_us < month.following.start_us
    assert month_named(str(month)) == month


@pytest.mark.parametrize(
    "name", ["2026-1", "2026-00", "9999-12", "1969-12", "2026-11-01", "202x-11", ""]
)
def test_what_is_no_month_is_said(name: str) -> None:
    with pytest.raises(BadInput, match="expected a month"):
        month_named(name)


def test_a_time_beyond_the_calendar_is_said() -> None:
    with pytest.raises(BadInput, match="beyond the year 9999"):
        month_of(10**18)
