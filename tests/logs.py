"""Logs made up by chance: events of any kind and size around the turn of a month, in commits."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from lqe.adapters.memory import MemoryLogs
from lqe.codec import Codec
from lqe.events import AnyEvent, ClockAdvanced, CommandSubmitted, KeyframeRecorded, PlayerJoined
from lqe.events import event_name as name_of
from lqe.ports.bus import Published
from lqe.ports.log import Commit, Record, TenantLog
from lqe.signals import USAGE, Signal
from lqe.usage import Usage

DAY_US = 86_400_000_000
# At most thirty times twelve days later, a log ends.
START_US = round(datetime(2026, 10, 30, tzinfo=UTC).timestamp()) * 1_000_000
_encode = Codec().encode


@st.composite
def logs(draw: st.DrawFn) -> list[AnyEvent]:
    """Return a log's events; several often share a tick, and with it their time."""
    events: list[AnyEvent] = []
    tick, at_us = 0, START_US
    for number in range(draw(st.integers(0, 30))):
        passed = draw(st.sampled_from([0, 0, 0, 1, 7, 1_000]))
        tick, at_us = tick + passed, at_us + passed * draw(st.integers(1, 12 * DAY_US // 1_000))
        stamp: dict[str, Any] = {
            "tick": tick,
            "at_us": at_us,
            "sealed": bytes(draw(st.integers(0, 3_000))),
        }
        kind = draw(st.integers(0, 3))
        if kind == 0:
            events.append(ClockAdvanced(**stamp))
        elif kind == 1:
            events.append(PlayerJoined(player="ann", session="s", **stamp))
        elif kind == 2:
            events.append(
                KeyframeRecorded(keyframe=tick, position=0, digest="d", profile="p", **stamp)
            )
        else:
            events.append(
                CommandSubmitted(player="ann", session="s", seq=number + 1, name="go", **stamp)
            )
    return events


def cuts(events: Sequence[AnyEvent]) -> st.SearchStrategy[list[int]]:
    """Return where the commits of a log may begin, besides at its start."""
    return st.lists(st.integers(1, max(1, len(events) - 1)), unique=True).map(sorted)


def store(
    log: TenantLog,
    world: str,
    events: Sequence[AnyEvent],
    at: Sequence[int] = (),
    *,
    first: int = 0,
) -> None:
    """Store a log in commits that begin at some positions; each is delivered twice."""
    bounds = [0, *(cut for cut in at if cut < len(events)), len(events)]
    for begin, end in pairwise(bounds):
        part = events[begin:end]
        if part:
            commit = Commit(
                world, first + begin, list(map(name_of, part)), list(map(_encode, part))
            )
            assert list(log.append([commit])) == [None]
            log.append([commit])


def copied(records: Iterable[Record]) -> TenantLog:
    """Return the logs of a tenant that has its own copy of one world, in commits of one event."""
    log = MemoryLogs().tenant("acme")
    for r in records:
        assert log.append([Commit("w1", r.position, [r.name], [r.data])]) == [None]
    return log


def totals(events: Sequence[AnyEvent]) -> list[Usage]:
    """Return the totals after each event."""
    found: list[Usage] = []
    used = Usage()
    for event in events:
        used = used.after(event, len(_encode(event)))
        found.append(used)
    return found


def signal(used: Usage, world: str = "w1") -> Published:
    """Return what the fold publishes of a world's totals."""
    data = {name: getattr(used, name) for name in used.__struct_fields__}
    told = Signal(USAGE, used.ticks, data)
    return Published(tenant="acme", world=world, position=used.events - 1, index=0, signal=told)
