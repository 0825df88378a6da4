"""The import contracts of pyproject.toml know every package, and a forbidden import breaks them."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests.tidy.tree import PYPROJECT, ROOT, SOURCE_ROOTS

CONTRACTS: Final[list[dict[str, Any]]] = PYPROJECT["tool"]["importlinter"]["contracts"]


def packages(source_root: Path) -> set[str]:
    """Return what a source root adds to the namespace, as `lqe.NAME`."""
    children = (source_root / "lqe").glob("*")
    named = {p.stem for p in children if p.suffix == ".py" or (p / "__init__.py").exists()}
    return {f"lqe.{name}" for name in named}


def contract(kind: str, member: str) -> dict[str, Any]:
    """Return the one contract of a kind that names a member."""
    return next(c for c in CONTRACTS if c["type"] == kind and member in str(c))


def test_every_layer_above_the_domain_is_a_line_of_the_layers_contract() -> None:
    lines = contract("layers", "lqe.cli")["layers"]
    named = [set(line.replace("(", "").replace(")", "").split(" : ")) for line in lines]
    there = [packages(ROOT / name) for name in SOURCE_ROOTS if name != "domain"]
    missing = [found for found in there if found and not any(found <= line for line in named)]
    assert not missing, f"give {missing} their layer in pyproject.toml, one line a source root"


def test_every_package_above_the_domain_is_kept_from_it() -> None:
    protected = contract("protected", "lqe.cli")
    above = {p for name in SOURCE_ROOTS if name != "domain" for p in packages(ROOT / name)}
    assert set(protected["protected_modules"]) == above, "one entry for each package there is"
    assert set(protected["allowed_importers"]) == above, "the same entries"


def test_a_new_package_is_seen(tmp_path: Path) -> None:
    (tmp_path / "lqe" / "new").mkdir(parents=True)
    (tmp_path / "lqe" / "new" / "__init__.py").touch()
    (tmp_path / "lqe" / "metrics.py").touch()
    assert packages(tmp_path) == {"lqe.new", "lqe.metrics"}


@pytest.mark.parametrize("planted", ["lqe.cli", "lqe.adapters", "pymunk", "boto3"])
def test_a_forbidden_import_in_a_new_domain_module_breaks_a_contract(
    planted: str, tmp_path: Path
) -> None:
    (tmp_path / "lqe").mkdir()
    (tmp_path / "lqe" / "planted.py").write_text(f"import {planted}\n")
    roots = os.pathsep.join([str(tmp_path), *(str(ROOT / name) for name in SOURCE_ROOTS)])
    command = Path(sys.executable).parent / "lint-imports"
    linted = subprocess.run(
        [str(command), "--config", str(ROOT / "pyproject.toml"), "--no-cache", "--no-logo"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": roots},
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 1
    assert f"lqe.planted -> {planted}" in linted.stdout, linted.stdout + linted.stderr
