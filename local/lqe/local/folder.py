"""The data folder at a start: there, its owner's alone, and with room for what will be stored."""

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from lqe.adapters.private import make_folder, new_file
from lqe.errors import Unavailable

# A first commit writes pages of a database, its write-ahead log and the log's index.
_ROOM_BYTES: Final = 256 * 1024


def prepare(folder: Path) -> None:
    """Make the folder where it is not there; raise Unavailable if nothing can be stored in it."""
    try:
        make_folder(folder)
        _try_out(folder)
    except OSError as error:
        raise Unavailable(
            f"{folder} cannot be written to ({error.strerror}): make room, or let this user write "
            "there, or name another folder with --data"
        ) from error


def _try_out(folder: Path) -> None:
    """Write as much as a first commit takes, and take it away again."""
    file = folder / f".room.{secrets.token_hex(6)}"
    try:
        with new_file(file) as out:
            out.write(bytes(_ROOM_BYTES))
            out.flush()
            os.fsync(out.fileno())
    finally:
        file.unlink(missing_ok=True)


def warning_of(folder: Path) -> str | None:
    """Return what whoever starts a server should know of who else may write to its folder."""
    mode = folder.stat().st_mode
    if not mode & (stat.S_IWGRP | stat.S_IWOTH):
        return None
    return (
        f"others may write to {folder} (mode {stat.S_IMODE(mode):o}), and so change or remove what "
        f"is recorded: chmod go-w {folder}"
    )
