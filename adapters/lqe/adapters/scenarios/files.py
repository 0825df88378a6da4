"""The source of a scenario read from a folder, or from an installed package's entry point."""

import os
import stat
from collections.abc import Iterator
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from lqe.adapters.sqlite.reading import SERVER_LOCK
from lqe.errors import ScenarioError
from lqe.source import MOST_BYTES, Source

ENTRY_POINTS = "ledgerquest.scenarios"
_LEFT_OUT = ("__pycache__", "tests")
_LOGS = ".log"


def read_source(folder: Path) -> Source:
    """Return the source in a package's folder, of all files that `source_files` names."""
    if not folder.is_dir():
        raise ScenarioError(f"expected the folder of a scenario package, {folder} is none")
    paths = source_files(folder)
    size = sum(path.stat().st_size for path in paths)
    if size > MOST_BYTES:
        raise ScenarioError(
            f"{folder} has files of {size} bytes together; a scenario has at most {MOST_BYTES}"
        )
    files = {_name(path.relative_to(folder)): path.read_bytes() for path in paths}
    return Source(package=folder.resolve().name, files=files)


def source_files(folder: Path) -> list[Path]:
    """Return the files of a scenario below its folder, in the order of their names.

    All there are, but caches, tests, hidden ones and what comes of running it: data folders, logs
    (`*.log`), and the file that this process prints to.
    """
    no_part = {*_printed_to(), None}
    return sorted(path for path in _walked(folder) if _inode(path) not in no_part)


def _walked(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [n for n in folders if not _is_data(Path(place, n)) and not _left_out(n)]
        yield from (Path(place, n) for n in names if not _left_out(n) and not n.endswith(_LOGS))


def _left_out(name: str) -> bool:
    return name.startswith(".") or name in _LEFT_OUT


def _is_data(folder: Path) -> bool:
    return (folder / SERVER_LOCK).exists()


def _inode(path: Path) -> tuple[int, int] | None:
    """Return what a file is known by to the system; None for what is no file, or gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def _printed_to() -> set[tuple[int, int]]:
    """Return the files that are this process's output."""
    found = set()
    for stream in (1, 2):
        try:
            status = os.fstat(stream)
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            found.add((status.st_dev, status.st_ino))
    return found


def _name(path: Path) -> str:
    """Return how a source calls a file; raise ScenarioError for a name that is no text."""
    name = path.as_posix()
    try:
        name.encode()
    except UnicodeEncodeError:
        shown = os.fsencode(name).decode("ascii", "backslashreplace")
        raise ScenarioError(
            f"expected file names in UTF-8, got {shown}: rename it, or move it out of the scenario"
        ) from None
    return name


def find_source(name: str) -> Source:
    """Return the source of a scenario named by its folder, or by an installed entry point."""
    if Path(name).is_dir():
        return read_source(Path(name))
    found = {point.name: point.value for point in entry_points(group=ENTRY_POINTS)}
    if name not in found:
        known = ", ".join(sorted(found)) or "none is installed"
        raise ScenarioError(
            f"{name!r} is neither a folder nor an installed scenario (those are: {known})"
        )
    spec = find_spec(found[name])
    if spec is None or spec.origin is None:
        raise ScenarioError(f"the package {found[name]!r} of scenario {name!r} is not there")
    return read_source(Path(spec.origin).parent)
