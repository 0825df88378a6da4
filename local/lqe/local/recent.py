"""An answer that anybody may ask for is made a few times a second, however many ask."""

from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """What a function returns, as it was `for_s` seconds ago at most."""

    def __init__(
        self, make: Callable[[], T], for_s: float, now_s: Callable[[], float] = monotonic
    ) -> None:
        self._make = make
        self._for_s = for_s
        self._now_s = now_s
        self._made: tuple[float, T] | None = None

    def __call__(self) -> T:
        """Return it, made anew if it is too old."""
        now_s = self._now_s()
        if self._made is None or now_s - self._made[0] >= self._for_s:
            self._made = (now_s, self._make())
        return self._made[1]
