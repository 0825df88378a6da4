"""Lists of worlds are answered in pages: one request costs the same however many there are."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

PAGE: Final = 200


def page_of(names: Iterable[str], after: str) -> tuple[list[str], str | None]:
    """Return the names that follow one, in order, and after which to go on if there are more."""
    ordered = sorted(names)
    start = bisect_right(ordered, after)
    page = ordered[start : start + PAGE]
    return page, page[-1] if start + PAGE < len(ordered) else None
