"""One server a data folder: two would write one log, and each would think it were alone."""

import fcntl
import os
from pathlib import Path
from typing import IO

from lqe.adapters.sqlite import SERVER_LOCK
from lqe.errors import LedgerQuestError


class FolderInUse(LedgerQuestError):
    """Another server runs over the same data folder."""


class FolderLock:
    """Holds a data folder until it is let go, or the process ends in whatever way."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file: IO[str] = (folder / SERVER_LOCK).open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise FolderInUse(
                f"{folder} is in use by another server (process {holder}): stop that one, or name "
                "another folder with --data"
            ) from None
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def release(self) -> None:
        """Let the folder go."""
        self._file.close()
