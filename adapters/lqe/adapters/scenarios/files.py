"""The source of a scenario read from a folder, or from an installed package's entry point."""

from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from lqe.errors import ScenarioError
from lqe.source import Source

ENTRY_POINTS = "ledgerquest.scenarios"
_LEFT_OUT = ("__pycache__", "tests")


def read_source(folder: Path) -> Source:
    """Return the source in a package's folder: every file, but caches, tests and hidden ones."""
    if not folder.is_dir():
        raise ScenarioError(f"expected the folder of a scenario package, {folder} is none")
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _left_out(path.relative_to(folder))
    }
    return Source(package=folder.resolve().name, files=files)


def _left_out(path: Path) -> bool:
    return any(part.startswith(".") or part in _LEFT_OUT for part in path.parts)


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
