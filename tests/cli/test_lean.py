"""A function package holds what functions use, compiled ahead."""

import subprocess
import sys
from pathlib import Path

from lqe.cli.cloud.lean import compile_ahead, leave_out

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def unpacked(folder: Path) -> Path:
    """Return a package in which there is something of everything."""
    for name in (
        "botocore/data/dynamodb/2012-08-10/service-2.json.gz",
        "botocore/data/ec2/2016-11-15/service-2.json.gz",
        "botocore/data/partitions.json",
        "numpy/core.py",
        "numpy/core.pyi",
        "numpy/tests/test_core.py",
        "numpy/ma/tests/tests/test_ma.py",
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("where = __file__\n" if name.endswith(".py") else "")
    return folder


def test_other_services_tests_and_stubs_are_left_out(tmp_path: Path) -> None:
    leave_out(unpacked(tmp_path))
    left = sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file())
    assert left == [
        "botocore/data/dynamodb/2012-08-10/service-2.json.gz",
        "botocore/data/partitions.json",
        "numpy/core.py",
    ]


def test_the_same_sources_compile_to_the_same_bytes_wherever_they_lie(tmp_path: Path) -> None:
    compiled = []
    for name in ("one", "two"):
        folder = unpacked(tmp_path / name)
        assert compile_ahead(folder, PYTHON)
        (file,) = (folder / "numpy" / "__pycache__").iterdir()
        compiled.append(file.read_bytes())
    assert compiled[0] == compiled[1]
    assert str(tmp_path).encode() not in compiled[0]


def test_what_is_compiled_ahead_is_what_runs(tmp_path: Path) -> None:
    folder = unpacked(tmp_path)
    assert compile_ahead(folder, PYTHON)
    (folder / "numpy" / "core.py").write_text("raise RuntimeError\n")
    run = "import sys; sys.path[0] = sys.argv[1]; import numpy.core"
    subprocess.run([sys.executable, "-S", "-c", run, str(folder)], check=True)


def test_a_python_that_is_not_here_compiles_nothing(tmp_path: Path) -> None:
    assert not compile_ahead(unpacked(tmp_path), "3.99")
