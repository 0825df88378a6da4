"""How events get their tick and time: the only place where a clock reading meets a world."""

import msgspec

DEFAULT_TICK_US = 16_000


class Stamp(msgspec.Struct, frozen=True):
    """A world's tick, and the time in microseconds since 1970 that it stands for."""

    tick: int
    at_us: int


def next_stamp(previous: Stamp, now_us: int, tick_us: int, max_idle_ticks: int) -> Stamp:
    """Return the stamp of an event that is appended now.

    A tick is granted for every whole `tick_us` since the previous stamp, at most
    `max_idle_ticks`; a clock that went back grants none. The part of a tick that is left over
    counts towards the next event, unless the pause was capped.
    """
    passed = max((now_us - previous.at_us) // tick_us, 0)
    if passed > max_idle_ticks:
        return Stamp(previous.tick + max_idle_ticks, now_us)
    return Stamp(previous.tick + passed, previous.at_us + passed * tick_us)
