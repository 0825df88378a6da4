"""Every top-level code folder is a source root of the one namespace package `lqe`."""

from collections.abc import Iterator
from pathlib import Path

from tests.tidy.tree import PYPROJECT, ROOT, SOURCE_ROOTS


def misplaced(source_root: Path) -> Iterator[str]:
    """Say what in a source root would break the namespace, or would not be packed."""
    if (source_root / "lqe" / "__init__.py").exists():
        yield f"{source_root.name}/lqe/__init__.py closes the namespace to the other layers"
    for module in sorted(source_root.rglob("*.py")):
        inside = module.relative_to(source_root)
        if inside.parts[0] != "lqe":
            yield f"{source_root.name}/{inside} is outside lqe/, so in no wheel"
        elif len(inside.parts) > 2 and not (module.parent / "__init__.py").exists():
            yield f"{source_root.name}/{inside} lies in a folder without __init__.py"


def test_every_source_root_is_a_portion_of_the_namespace() -> None:
    found = [line for name in SOURCE_ROOTS for line in misplaced(ROOT / name)]
    assert not found, "\n".join(found)


def test_what_is_packed_is_what_is_installed_for_development() -> None:
    packed = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert packed == [f"{name}/lqe" for name in SOURCE_ROOTS]


def test_a_planted_misplacement_is_found(tmp_path: Path) -> None:
    for planted in ("lqe/__init__.py", "stray.py", "lqe/folder/module.py"):
        path = tmp_path / planted
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert len(list(misplaced(tmp_path))) == 3
