"""What is stored and not folded yet, world by world."""

from collections.abc import Sequence
from typing import Final

import msgspec

from lqe.handlers.append.handler import Appended

Key = tuple[str, str]
# Of all worlds together, what is kept to spare reading it from the log, in bytes.
_MOST_BYTES: Final = 4 * 1024 * 1024
_MOST_TIMES: Final = 1_000


class Waiting(msgspec.Struct):
    """What one world has to be folded up to `stop`.

    `parts` are those of its events that are at hand, `events` how many came as such, `stored_us`
    when they were stored.
    """

    stop: int = 0
    parts: list[Appended] = []
    events: int = 0
    stored_us: list[int] = []

    def batch(self, key: Key) -> Sequence[Appended]:
        """Return what to fold; what is not at hand is in the log."""
        last = self.parts[-1] if self.parts else None
        if last is not None and last.first + len(last.events) >= self.stop:
            return self.parts
        return [*self.parts, Appended(*key, self.stop)]


class Backlog:
    """Keeps where to fold each world to, and at most `most_bytes` of the events in between."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept_bytes = 0
        self._worlds: dict[Key, Waiting] = {}

    def __contains__(self, key: Key) -> bool:
        return key in self._worlds

    def add(self, appended: Appended, stored_us: int = 0) -> None:
        """Let a world be folded up to the end of what was appended."""
        waiting = self._worlds.setdefault((appended.tenant, appended.world), Waiting())
        waiting.stop = max(waiting.stop, appended.first + len(appended.events))
        if not appended.events:
            return
        waiting.events += len(appended.events)
        if stored_us and len(waiting.stored_us) < _MOST_TIMES:
            waiting.stored_us.append(stored_us)
        self._keep(waiting, appended)

    def take(self, key: Key) -> Waiting | None:
        """Return what waits for a world, None if nothing does, and let it wait no longer."""
        waiting = self._worlds.pop(key, None)
        if waiting is not None:
            self._kept_bytes -= sum(sum(part.sizes) for part in waiting.parts)
        return waiting

    def put_back(self, key: Key, waiting: Waiting, position: int) -> None:
        """Let what was taken wait on; the world is folded up to `position`."""
        parts, waiting.parts = waiting.parts, []
        for part in parts:
            if part.first + len(part.events) > position + 1:
                self._keep(waiting, part)
        self._worlds[key] = waiting

    def _keep(self, waiting: Waiting, part: Appended) -> None:
        size = sum(part.sizes)
        if self._kept_bytes + size <= self._most_bytes:
            self._kept_bytes += size
            waiting.parts.append(part)
