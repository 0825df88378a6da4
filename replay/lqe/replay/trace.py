"""What a run did, part by part: a digest of every component that a part of a tick changed."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import msgspec

from lqe.events import AnyEvent
from lqe.fold import Code, Fold
from lqe.world import Core

from .state import flatten

_encode = msgspec.msgpack.Encoder(order="deterministic").encode


class Step(msgspec.Struct, frozen=True, array_like=True):
    """One part of one tick (physics, a system, an event) and what it changed, by digest."""

    tick: int
    part: str
    changed: dict[str, str]


class Trace(msgspec.Struct):
    """A run: the state digest at each keyframe, and its steps if they were asked for."""

    keyframes: list[tuple[int, str]]
    steps: list[Step] = []


class _Tracer:
    """Notes after every part which components have another digest than before."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._known: dict[str, str] = {}

    def go_back(self, core: Core) -> None:
        """Forget what came after a keyframe, whose state is `core`: it will be run again.

        Events stamped with a keyframe's tick come after it, systems of that tick before.
        """
        tick = core.tick
        self.steps = [
            s for s in self.steps if s.tick < tick or (s.tick == tick and "." not in s.part)
        ]
        self._known = _digests(core)

    def __call__(self, core: Core, part: str) -> None:
        now = _digests(core)
        changed = {k: d for k, d in now.items() if self._known.get(k) != d}
        changed |= {k: "" for k in self._known if k not in now}
        self._known = now
        self.steps.append(Step(core.tick, part, changed))


def _digests(core: Core) -> dict[str, str]:
    document = msgspec.msgpack.decode(_encode(core.document()))
    return {_key(*key): _short_digest(value) for key, value in flatten(document).items()}


def _key(entity: str, component: str) -> str:
    return f"{entity}|{component}"


def _short_digest(value: Any) -> str:
    return sha256(_encode(value)).hexdigest()[:16]


def trace_run(
    code: Code, events: Sequence[AnyEvent], *, steps: bool = False, restore: bool = False
) -> Trace:
    """Return what folding the events did; with `restore`, starting cold at every keyframe."""
    tracer = _Tracer() if steps else None
    fold = Fold(code, watch=tracer)
    trace = Trace([])
    for position, event in enumerate(events):
        folded = fold.fold(position, event)
        if tracer is not None and position == 0:
            tracer.go_back(fold.core)
        trace.keyframes += [(k.header.tick, k.header.digest) for k in folded.keyframes]
        if restore and folded.keyframes:
            snapshot = folded.keyframes[-1]
            fold = Fold.restore(snapshot, code, watch=tracer)
            if tracer is not None:
                tracer.go_back(fold.core)
            for later in range(snapshot.header.position + 1, position + 1):
                fold.fold(later, events[later])
    if tracer is not None:
        trace.steps = tracer.steps
    return trace


class FirstDifference(msgspec.Struct, frozen=True):
    """Where two runs of one script part: the tick, the system, the entity, the component."""

    tick: int
    system: str
    entity: int | None
    component: str

    def __str__(self) -> str:
        where = f"entity {self.entity}, component {self.component}"
        place = where if self.entity is not None else self.component
        return f"tick {self.tick}, system {self.system}: {place}"


def compare_traces(ours: Trace, theirs: Trace) -> FirstDifference | None:
    """Return the first step at which two traced runs changed different things, or None."""
    for mine, other in zip(ours.steps, theirs.steps, strict=False):
        if (mine.tick, mine.part) != (other.tick, other.part):
            return FirstDifference(mine.tick, mine.part, None, f"the other ran {other.part}")
        wrong = [
            key
            for key in mine.changed.keys() | other.changed.keys()
            if mine.changed.get(key) != other.changed.get(key)
        ]
        if wrong:
            entity, _, component = min(wrong, key=_in_order).partition("|")
            return FirstDifference(mine.tick, mine.part, int(entity) if entity else None, component)
    return None


def _in_order(key: str) -> tuple[bool, int, str]:
    entity, _, component = key.partition("|")
    return (not entity, int(entity or 0), component)


def first_bad_keyframe(ours: Trace, theirs: Trace) -> int | None:
    """Return the tick of the first keyframe at which two runs differ, or None."""
    for mine, other in zip(ours.keyframes, theirs.keyframes, strict=False):
        if mine != other:
            return mine[0]
    return None
