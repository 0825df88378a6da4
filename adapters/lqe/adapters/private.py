"""Folders and files that are their owner's alone, whatever the umask."""

import os
import stat
from pathlib import Path
from typing import IO, Final

_FOLDER: Final = 0o700
_FILE: Final = 0o600
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, where they are not there."""
    try:
        path.mkdir(mode=_FOLDER)
    except FileNotFoundError:
        make_folder(path.parent)
        path.mkdir(mode=_FOLDER, exist_ok=True)
    except FileExistsError:
        if not path.is_dir():
            raise


def close_to_others(folder: Path) -> None:
    """Take from others what an earlier version, or whoever made a folder, let them do in it."""
    mode = folder.stat().st_mode
    if mode & _OTHERS and folder.stat().st_uid == os.geteuid():
        folder.chmod(stat.S_IMODE(mode) & ~_OTHERS)


def make_file(path: Path) -> None:
    """Make an empty file, unless there is one."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, _FILE))


def new_file(path: Path) -> IO[bytes]:
    """Return a file that is not there yet, to write to."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE), "wb")
