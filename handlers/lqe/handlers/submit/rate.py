"""A bucket of commands for each of many, refilled at a steady rate."""

from lqe.limits import MAX_FRAME_COMMANDS
from lqe.ports.clock import Clock

_SECOND_US = 1_000_000
_REMEMBERED = 100_000


class Rate:
    """Allows each name `per_second` in the long run, and one full frame at once."""

    def __init__(self, clock: Clock, per_second: float) -> None:
        self.per_second = per_second
        self._clock = clock
        self._most = max(float(MAX_FRAME_COMMANDS), per_second)
        self._left: dict[str, tuple[float, int]] = {}

    def allows(self, name: str, count: int) -> bool:
        """Take `count` from the bucket of a name, if they are in it."""
        now = self._clock.now_us()
        left, since = self._left.pop(name, (self._most, now))
        if len(self._left) >= _REMEMBERED:
            del self._left[next(iter(self._left))]
        left = min(self._most, left + max(0, now - since) * self.per_second / _SECOND_US)
        allowed = count <= left
        self._left[name] = (left - count if allowed else left, now)
        return allowed
