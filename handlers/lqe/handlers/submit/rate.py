"""A bucket of commands for each connection, refilled at a steady rate."""

from lqe.limits import MAX_FRAME_COMMANDS
from lqe.ports.clock import Clock

_SECOND_US = 1_000_000
_REMEMBERED = 10_000


class Rate:
    """Allows `per_second` commands in the long run, and one full frame at once."""

    def __init__(self, clock: Clock, per_second: float) -> None:
        self.per_second = per_second
        self._clock = clock
        self._most = max(float(MAX_FRAME_COMMANDS), per_second)
        self._left: dict[str, tuple[float, int]] = {}

    def allows(self, connection: str, commands: int) -> bool:
        """Take `commands` from the connection's bucket, if they are in it."""
        now = self._clock.now_us()
        left, since = self._left.pop(connection, (self._most, now))
        if len(self._left) >= _REMEMBERED:
            del self._left[next(iter(self._left))]
        left = min(self._most, left + max(0, now - since) * self.per_second / _SECOND_US)
        allowed = commands <= left
        self._left[connection] = (left - commands if allowed else left, now)
        return allowed

    def forget(self, connection: str) -> None:
        """Drop a connection's bucket."""
        self._left.pop(connection, None)
