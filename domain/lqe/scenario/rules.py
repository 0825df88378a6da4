"""The numbers that shape a scenario's worlds."""

import msgspec

from lqe.clock import DEFAULT_TICK_US
from lqe.limits import Limits
from lqe.physics import SpaceRules


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a world of this scenario is opened with, and how it is run.

    `tick_us` microseconds a tick; `keyframe_interval` ticks between rebuilds, which bounds what
    a cold start must refold; `quorum` players before the first step; `clock_hz` how often time
    is recorded when nobody acts; `push_hz` how often players get what changed; `own_hz` how often
    at most of what only they see: 0 is with every push; `keep_seat_s` seconds of the world's time
    in which a player who left can come back to the same seat: None is for ever.
    What they may be is looked at when the code is taken up: `check_scenario`.
    """

    tick_us: int = DEFAULT_TICK_US
    keyframe_interval: int = 2_000
    quorum: int = 1
    clock_hz: float = 4.0
    push_hz: float = 10.0
    own_hz: float = 0.0
    keep_seat_s: float | None = None
    space: SpaceRules = SpaceRules()
    limits: Limits = Limits()

    @property
    def dt(self) -> float:
        """Seconds a tick."""
        return self.tick_us / 1_000_000
