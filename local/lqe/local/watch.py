"""Whether a process is stuck in one world, judged from outside by its mark."""

from typing import Final

from .mark import Marked

LOOKS_EVERY_S: Final = 0.5
# A process that uses no processor may wait for a disk, or for its turn: it gets this much longer.
_WAITS: Final = 6


class Watch:
    """Looks at one process again and again.

    What counts is the time of a processor that it used since its mark moved: on a busy machine it
    may have had little. Where a look comes late (the machine slept), only the usual time counts.
    """

    def __init__(self) -> None:
        self._seen = Marked()
        self._used_s = 0.0
        self._waited_s = 0.0
        self._looked_s = 0.0
        self.stuck_s = 0.0

    def look(self, marked: Marked, used_s: float | None, now_s: float) -> float:
        """Return for how long the process has been stuck; 0 if its mark moved, or it is idle."""
        passed_s = min(now_s - self._looked_s, 2 * LOOKS_EVERY_S)
        self._looked_s = now_s
        if marked.is_idle or marked != self._seen:
            self._seen, self._used_s, self._waited_s = marked, used_s or 0.0, 0.0
            self.stuck_s = 0.0
            return 0.0
        self._waited_s += passed_s
        if used_s is None:
            self.stuck_s = self._waited_s
        else:
            self.stuck_s = max(used_s - self._used_s, self._waited_s / _WAITS)
        return self.stuck_s
