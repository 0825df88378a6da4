"""The repository as the tidy tests read it: its source roots, its modules, its texts."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
PYPROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())
SOURCE_ROOTS: Final = tuple(PYPROJECT["tool"]["hatch"]["build"]["dev-mode-dirs"])

_OURS: Final = (".ci", ".editorconfig", ".github", ".gitignore", ".pre-commit-config.yaml")
_MADE: Final = ("__pycache__", "build", "dist", "node_modules", "target")


def modules(*source_roots: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield the path and the syntax tree of every module below the source roots."""
    for source_root in source_roots:
        for path in sorted((ROOT / source_root).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


def texts(suffix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path and the text of every file that people wrote, those of the tools left out."""
    for path in sorted(ROOT.rglob(f"*{suffix}")):
        parts = path.relative_to(ROOT).parts
        made = any(p in _MADE or p.endswith(".egg-info") for p in parts)
        hidden = any(p.startswith(".") and p not in _OURS for p in parts)
        if made or hidden or not path.is_file():
            continue
        try:
            yield "/".join(parts), path.read_text()
        except UnicodeDecodeError:
            continue
