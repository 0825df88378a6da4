"""Whether what is open, or known, is still what lies under its name on the disk."""

import os
from collections.abc import Iterable
from pathlib import Path
from weakref import finalize

from lqe.errors import Unavailable


class Place:
    """Some files or folders as they are now; what is not there may come and go.

    A file has to be open somewhere, or its number may be that of another one some day; a folder is
    held here.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._seen = {path: there for path in paths if (there := _identity(path)) is not None}
        for path in self._seen:
            if path.is_dir():
                finalize(self, os.close, os.open(path, os.O_RDONLY))

    def check(self) -> None:
        """Raise Unavailable if one of them was removed, moved or replaced since."""
        for path, seen in self._seen.items():
            if _identity(path) != seen:
                name = f"{path.parent.name}/{path.name}"
                raise Unavailable(
                    f"{name} was removed, moved or replaced while it was in "
                    "use, and what is written now could not be found again: put back what was "
                    "there, or start the server again"
                )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
