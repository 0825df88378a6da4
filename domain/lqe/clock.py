"""How events get their tick and time: the only place where a clock reading meets a world."""

from typing import Final

import msgspec

DEFAULT_TICK_US = 16_000
# So far apart may be the clocks of several writers; a log that is further ahead has a wrong time.
APART_US: Final = 10_000_000


class Stamp(msgspec.Struct, frozen=True):
    """A world's tick, and the time in microseconds since 1970 that it stands for."""

    tick: int
    at_us: int


def next_stamp(
    previous: Stamp, now_us: int, tick_us: int, max_idle_ticks: int, apart_us: int = APART_US
) -> Stamp:
    """Return the stamp of an event that is appended now.

    A tick is granted for every whole `tick_us` since the previous stamp, at most
    `max_idle_ticks`; a clock that is behind grants none. The part of a tick that is left over
    counts towards the next event, unless the pause was capped.

    Behind by more than `apart_us`, the previous stamp is of a clock that was wrong and was put
    right: time goes on from what the clock says now, or the world would stand still until then.
    """
    if previous.at_us - now_us > apart_us:
        return Stamp(previous.tick, now_us)
    passed = max((now_us - previous.at_us) // tick_us, 0)
    if passed > max_idle_ticks:
        return Stamp(previous.tick + max_idle_ticks, now_us)
    return Stamp(previous.tick + passed, previous.at_us + passed * tick_us)
