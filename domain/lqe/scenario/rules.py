"""The numbers that shape a scenario's worlds."""

import msgspec

from lqe.clock import DEFAULT_TICK_US
from lqe.errors import ScenarioError
from lqe.limits import Limits
from lqe.physics import SpaceRules

_FASTEST_HZ = 1_000.0
_LONGEST_S = 1_000_000_000.0


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a world of this scenario is opened with, and how it is run.

    `tick_us` microseconds a tick; `keyframe_interval` ticks between rebuilds, which bounds what
    a cold start must refold; `quorum` players before the first step; `clock_hz` how often time
    is recorded when nobody acts; `push_hz` how often players get what changed; `own_hz` how often
    at most of what only they see: 0 is with every push; `keep_seat_s` seconds of the world's time
    in which a player who left can come back to the same seat: None is for ever.
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

    def __post_init__(self) -> None:
        for name in ("clock_hz", "push_hz"):
            value = getattr(self, name)
            if not 0 < value <= _FASTEST_HZ:
                raise ScenarioError(f"{name} must be above 0, at most {_FASTEST_HZ}, got {value}")

        if not 0 <= self.own_hz <= _FASTEST_HZ:
            raise ScenarioError(f"own_hz must be 0 to {_FASTEST_HZ}, got {self.own_hz}")
        kept_s = self.keep_seat_s
        if kept_s is not None and not 0 <= kept_s <= _LONGEST_S:
            raise ScenarioError(f"keep_seat_s must be 0 to {_LONGEST_S}, or None, got {kept_s}")

    @property
    def dt(self) -> float:
        """Seconds a tick."""
        return self.tick_us / 1_000_000
