"""Views that fail: told once and with their place, and tried again when the world has changed."""

from types import TracebackType
from typing import Final

import msgspec

# A view that took long to fail is not tried again before so many times as long has passed.
_REST: Final = 20
_TOLD_AGAIN_US: Final = 30_000_000
_REMEMBERED: Final = 100
# As of which position and tick a world is seen.
State = tuple[int, int]


class _Failing(msgspec.Struct):
    """A view that failed at a state; it is tried at another one, from `again_us` on."""

    state: State
    again_us: int


class FailingViews:
    """Those views of one world that fail at present, and who has been told.

    `told` are connections that know that their view is not available.
    """

    def __init__(self) -> None:
        self.told: set[str] = set()
        self._failing: dict[str, _Failing] = {}
        self._places: dict[str, int] = {}

    def may_try(self, whose: str, state: State, now_us: int) -> bool:
        """Say whether a view may be made: it did not fail, or something has changed since."""
        failing = self._failing.get(whose)
        return failing is None or (failing.state != state and now_us >= failing.again_us)

    def worked(self, whose: str) -> None:
        """Note that a view was made."""
        self._failing.pop(whose, None)

    def failed(
        self, whose: str, state: State, began_us: int, now_us: int, error: BaseException
    ) -> str:
        """Note that a view failed; return what and where if it is time to tell, else nothing."""
        self._failing[whose] = _Failing(state, now_us + _REST * max(0, now_us - began_us))
        what = f"{type(error).__name__}: {error}{_place(error.__traceback__)}"
        key = f"{type(error).__name__}{_place(error.__traceback__)}"
        if 0 <= now_us - self._places.get(key, now_us - _TOLD_AGAIN_US) < _TOLD_AGAIN_US:
            return ""
        if len(self._places) >= _REMEMBERED:
            self._places.clear()
        self._places[key] = now_us
        return what


def _place(trace: TracebackType | None) -> str:
    """Return in which line of the scenario it was: its files are named without a folder."""
    found = ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if not code.co_filename.startswith(("/", "<")):
            found = f", in {code.co_name} at {code.co_filename}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return found
