"""One server a data folder: two would write one log, and each would think it were alone."""

import fcntl
import os
import time
from pathlib import Path
from typing import IO, Final

from lqe.adapters.private import make_file
from lqe.adapters.sqlite import SERVER_LOCK
from lqe.errors import LedgerQuestError

from .folder import prepare

_PAUSES_S: Final = (0.05, 0.1, 0.0)


class FolderInUse(LedgerQuestError):
    """Another server runs over the same data folder."""


class FolderLock:
    """Holds a data folder until it is let go, or the process ends in whatever way."""

    def __init__(self, folder: Path) -> None:
        prepare(folder)
        make_file(folder / SERVER_LOCK)
        self._file: IO[str] = (folder / SERVER_LOCK).open("r+")
        if not self._is_ours():
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise FolderInUse(
                f"{folder} is in use by another server (process {holder}): stop that one, or name "
                "another folder with --data"
            )
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def _is_ours(self) -> bool:
        """Take the lock, unless another server has it; who only reads has it for an instant."""
        for pause_s in _PAUSES_S:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                time.sleep(pause_s)
            else:
                return True
        return False

    def release(self) -> None:
        """Let the folder go."""
        self._file.close()
