"""Events that somebody decided to pass over, since they cannot be folded: which, and what of them.

A decision stands in the log behind the event that it is about. So whoever folds looks ahead for
decisions first; the same log always gives the same ones.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from lqe.errors import Quarantine
from lqe.events import AnyEvent, EventPassed, KeyframeRecorded
from lqe.ports.log import Record
from lqe.world import Core, Fault

from .decide import STARTING

# What a world is halted by that was not let run into the ticks of an event, and where that lies.
PASSED: Final = "passed_over"


class Passed(msgspec.Struct, frozen=True):
    """What of an event is not folded: what it does, the ticks that come before it, or both."""

    event: bool = False
    ticks: bool = False


Passes = Mapping[int, Passed]
_NOTHING: Final = Passed()
_NAMES: Final = (EventPassed.__struct_config__.tag, KeyframeRecorded.__struct_config__.tag)


class Decisions:
    """Collects the decisions of a log, read in order; `attested` is a keyframe recorded before.

    A decision is void if a keyframe was recorded by then that lies behind the beginning of its
    event: somebody had folded it. And it is about what was recorded before, or about nothing.
    """

    def __init__(self, attested: int = -1) -> None:
        self.passes: dict[int, Passed] = {}
        self._attested = attested

    def note(self, position: int, event: AnyEvent) -> None:
        """Take in the next event."""
        if isinstance(event, KeyframeRecorded):
            self._attested = max(self._attested, event.keyframe)
        elif isinstance(event, EventPassed) and not _is_void(position, event, self._attested):
            before = self.passes.get(event.passed, _NOTHING)
            self.passes[event.passed] = Passed(
                event=before.event or event.part == "event",
                ticks=before.ticks or event.part == "ticks",
            )


def decisions_in(
    records: Iterable[Record], decode: Callable[[bytes], AnyEvent], attested: int = -1
) -> Passes:
    """Return what of which events is passed over, as a log's records say from some position on."""
    found = Decisions(attested)
    for record in records:
        if record.name in _NAMES:
            found.note(record.position, decode(record.data))
    return found.passes


def halt_before(core: Core) -> None:
    """Halt a world at the end of the event before; nothing of it has to be taken back."""
    if core.life in ("lobby", "running"):
        # A world that had not begun is in its lobby again when its scenario is upgraded.
        where = STARTING if core.life == "lobby" else PASSED
        core.life, core.fault = "halted", Fault(core.tick + 1, where, PASSED)
        core.announce("world_halted", {"where": where, "kind": PASSED})


def counts(event: EventPassed, passes: Passes) -> bool:
    """Say whether a decision is among those by which a log is folded."""
    found = passes.get(event.passed, _NOTHING)
    return found.ticks if event.part == "ticks" else found.event


def check_foreseen(position: int, event: EventPassed, passes: Passes, core: Core) -> None:
    """Raise Quarantine if an event was folded that this decision, which counts, passes over."""
    attested = core.recorded.tick if core.recorded else -1
    if not counts(event, passes) and not _is_void(position, event, attested):
        raise Quarantine(
            f"position {event.passed} was folded here, and a later decision passes it over: fold "
            "the log from its beginning, without the cursor and the snapshots that are kept of it"
        )


def _is_void(position: int, event: EventPassed, attested: int) -> bool:
    return event.passed >= position or attested > event.since
