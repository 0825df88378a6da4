"""What happened, line by line: to be read, and to be compared by its digest."""

from collections.abc import Callable
from hashlib import blake2b


class Trace:
    """Takes in one line after the other; `show` gets each, if somebody reads along."""

    def __init__(self, show: Callable[[str], None] | None = None) -> None:
        self.lines = 0
        self.depth = 0
        self._show = show
        self._digest = blake2b(digest_size=16)

    def note(self, line: str) -> None:
        """Take in a line; what happens inside another call is set in."""
        self.lines += 1
        self._digest.update(line.encode())
        self._digest.update(b"\n")
        if self._show is not None:
            self._show("  " * self.depth + line)

    def digest(self) -> str:
        """Return the digest of all lines so far."""
        return self._digest.hexdigest()
