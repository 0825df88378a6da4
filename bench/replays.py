"""Replay: a log of nothing but physics, and a log of the sample game."""

from pathlib import Path
from time import perf_counter

from lqe.adapters.memory import MemoryObjects
from lqe.adapters.scenarios import ScenarioCode, read_source
from lqe.codec import Codec
from lqe.events import AnyEvent, ClockAdvanced
from lqe.fold import Fold
from lqe.replay.script import make_script

from .measure import Result, rates, whole
from .pile import Bare, Ours, scenario

_SAMPLE = Path(__file__).parents[1] / "samples" / "sales_simulator"
_BOTS = 20
_TICKS = 6_000


def replay_bare() -> Result:
    """A pile of 200 without game systems, decoded and folded, against bare stepping."""
    ticks, block = 8_000, 50
    ours, bare = Ours(scenario(200, read=False)), Bare(200)
    codec = Codec()
    state = {"tick": 0, "position": 1}

    def replayed() -> None:
        state["tick"] += block
        state["position"] += 1
        data = codec.encode(ClockAdvanced(tick=state["tick"]))
        ours.fold.fold(state["position"], codec.decode(data))

    mine, other = whole(replayed, lambda: bare.advance(block), ticks // block)
    unit = "ticks a second"
    return rates("replay-bare", unit, ticks / mine, ticks / other, "Space.step", 0.8)


def replay_sample() -> Result:
    """The sample with 20 bots: game seconds replayed a second."""
    code = ScenarioCode(MemoryObjects().tenant("bench"))
    digest = code.keep(read_source(_SAMPLE))
    codec = Codec()
    script = make_script(code, digest, players=_BOTS, ticks=_TICKS, seed=1)
    encoded = [codec.encode(event) for event in script]
    start = perf_counter()
    fold = Fold(code)
    event: AnyEvent
    for position, data in enumerate(encoded):
        event = codec.decode(data)
        fold.fold(position, event)
    seconds = perf_counter() - start
    game_seconds = _TICKS * fold.core.dt
    note = f"{_TICKS / seconds:.0f} ticks a second, goal 2,000; {len(script)} events"
    against = "real time"
    return rates("replay-sample", "game s a second", game_seconds / seconds, 1.0, against, 50, note)
