"""What the engine adds to a tick of physics, keyframes at the default interval included."""

from lqe.scenario import Rules

from .measure import Result, times, whole
from .pile import Bare, Ours, scenario

_BLOCK = 50
_MICRO = 1_000_000


def _tick(count: int, ticks: int, *, read: bool, gas: bool = False) -> tuple[float, float]:
    ours, bare = Ours(scenario(count, read=read, gas=gas)), Bare(count, gas=gas)
    mine, other = whole(lambda: ours.advance(_BLOCK), lambda: bare.advance(_BLOCK), ticks // _BLOCK)
    return mine / ticks * _MICRO, other / ticks * _MICRO


def tick_200() -> Result:
    """A pile of 200, state and contacts read every tick."""
    return times("tick-200", "µs a tick", *_tick(200, 8_000, read=True), "Space.step", 1.8)


def tick_1000() -> Result:
    """A pile of 1,000, state and contacts read every tick."""
    return times("tick-1000", "µs a tick", *_tick(1_000, 4_000, read=True), "Space.step", 1.7)


def tick_200_unread() -> Result:
    """A pile of 200, nothing read."""
    mine, other = _tick(200, 8_000, read=False)
    return times("tick-200-unread", "µs a tick", mine, other, "Space.step", 1.1)


def tick_gas() -> Result:
    """A gas of 200 without contacts: at most 30 µs above bare."""
    mine, other = _tick(200, 8_000, read=True, gas=True)
    note = f"{mine - other:.1f} µs above bare, goal 30"
    return times("tick-gas", "µs a tick", mine, other, "Space.step", 1 + 30 / other, note)


def refold() -> Result:
    """A cold start at the worst moment: one whole interval, 200 bodies, all read."""
    from time import perf_counter  # noqa: PLC0415 - only this one times a single run

    from lqe.fold import Fold, Snapshot  # noqa: PLC0415

    game = scenario(200, read=True)
    ours = Ours(game)
    ours.advance(1)
    interval = Rules().keyframe_interval
    runs = []
    base = ours.fold._base
    assert base is not None
    data = base.encode()
    for _ in range(3):
        start = perf_counter()
        fold = Fold.restore(Snapshot.decode(data), lambda _: game)
        again = Ours.__new__(Ours)
        again.fold, again._position, again._tick = fold, fold.position, fold.core.tick
        from lqe.events import PlayerJoined  # noqa: PLC0415

        fold.fold(fold.position + 1, PlayerJoined(player="p", session="s"))
        again._position += 1
        again.advance(interval - 1)
        runs.append((perf_counter() - start) * 1_000)
    return times("refold", "ms", sorted(runs)[1], 500.0, "the limit", 1.0, f"{interval} ticks")
