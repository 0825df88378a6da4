"""A test's own log folded again: from its bytes, and cold from every keyframe."""

from collections.abc import Sequence

import msgspec

from lqe.adapters.scenarios import fresh_code
from lqe.codec import Codec
from lqe.events import AnyEvent, ClockAdvanced
from lqe.fold import Code, Fold
from lqe.replay.state import differences
from lqe.replay.trace import compare_traces, first_bad_keyframe, trace_run
from lqe.source import Source
from lqe.world import Core

_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_SHOWN = 5


def check_replays(
    source: Source, log: Sequence[bytes], core: Core, keyframes: Sequence[tuple[int, str]]
) -> None:
    """Raise AssertionError unless the log gives this state, by these keyframes, once more."""
    codec = Codec()
    events = [codec.decode(data) for data in log]
    with fresh_code(source) as code:
        _from_the_bytes(code, events, core, keyframes)
        _from_every_keyframe(code, events, core)


def _from_the_bytes(
    code: Code, events: Sequence[AnyEvent], core: Core, keyframes: Sequence[tuple[int, str]]
) -> None:
    fold = Fold(code)
    again: list[tuple[int, str]] = []
    for position, event in enumerate(events):
        folded = fold.fold(position, event)
        again += [(k.header.tick, k.header.digest) for k in folded.keyframes]
    ours, theirs = _encode(core.document()), _encode(fold.core.document())
    if ours != theirs:
        found = differences(msgspec.msgpack.decode(ours), msgspec.msgpack.decode(theirs))
        shown = "\n".join(f"  {difference}" for difference in found[:_SHOWN])
        raise AssertionError(
            "the log, folded again, gives another state: does a view change the world, or is there "
            f"state outside of it? `ledgerquest doctor` looks for the cause.\n{shown}"
        )
    for mine, other in zip(keyframes, again, strict=True):
        if mine != other:
            raise AssertionError(f"the log, folded again, differs at the keyframe of {mine[0]}")


def _from_every_keyframe(code: Code, events: Sequence[AnyEvent], core: Core) -> None:
    """Go on to two keyframes more, so that a short test sees a cold start as well."""
    interval = core.genesis.keyframe_interval
    edge = core.tick - core.tick % interval + interval
    longer = [*events, ClockAdvanced(tick=edge), ClockAdvanced(tick=edge + interval)]
    warm, cold = trace_run(code, longer), trace_run(code, longer, restore=True)
    tick = first_bad_keyframe(warm, cold)
    if tick is None:
        return
    first = compare_traces(
        trace_run(code, longer, steps=True), trace_run(code, longer, steps=True, restore=True)
    )
    raise AssertionError(
        "a run that starts cold at each keyframe differs: is there state outside of the world? "
        f"First difference: {first or f'by the keyframe of tick {tick}'}"
    )
