"""A system's clock that can be set for one process and those that it starts: no other notices."""

from pathlib import Path
from typing import Final

# What Python runs before anything else. A monotonic clock is what nobody can set.
_PATCH: Final = """
import time
from pathlib import Path

_ahead = Path({file!r})
_time, _time_ns = time.time, time.time_ns


def _ahead_s() -> float:
    try:
        return float(_ahead.read_text() or 0)
    except (OSError, ValueError):
        return 0.0


time.time = lambda: _time() + _ahead_s()
time.time_ns = lambda: _time_ns() + round(_ahead_s() * 1e9)
"""


class WrongClock:
    """The clock of processes that run in `environment`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._file = folder / "ahead"
        (folder / "sitecustomize.py").write_text(_PATCH.format(file=str(self._file)))
        self.environment = {"PYTHONPATH": str(folder)}
        self.set(0.0)

    def set(self, ahead_s: float) -> None:
        """Let the clock be so many seconds ahead of the true time; behind it, if below 0."""
        part = self._file.with_suffix(".part")
        part.write_text(str(ahead_s))
        part.replace(self._file)
