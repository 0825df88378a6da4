"""A lean package starts soon: without what no function uses, and compiled ahead."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import click

from .tools import uv

# botocore describes every service of AWS: 28 MB of its 30. These are what functions are clients of.
_SERVICES: Final = frozenset({
    "apigatewaymanagementapi", "dynamodb", "events", "lambda", "s3", "sqs", "stepfunctions", "sts",
})  # fmt: skip
# Where the package lies on Lambda, as tracebacks name it.
_THERE: Final = "/var/task"


def leave_out(folder: Path) -> None:
    """Take away what libraries bring along for nobody here: other services, tests, stubs."""
    for service in (folder / "botocore" / "data").iterdir():
        if service.is_dir() and service.name not in _SERVICES:
            shutil.rmtree(service)
    for tests in sorted(folder.rglob("tests")):
        shutil.rmtree(tests, ignore_errors=True)  # one may lie in another
    for stub in folder.rglob("*.pyi"):
        stub.unlink()


def compile_ahead(folder: Path, python: str) -> bool:
    """Compile every module for a Python, such as `3.13`, if one is here; say whether it was.

    Lambda keeps nothing of what a process compiles: without this each one begins by doing it.
    The sources' dates and this machine's folders are not in what is written.
    """
    interpreter = _interpreter(python)
    if interpreter is None:
        return False
    command = [
        interpreter, "-I", "-m", "compileall", "-q", "-j", "0", "--invalidation-mode",
        "unchecked-hash", "-s", str(folder), "-p", _THERE, str(folder),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a Python
    if done.returncode:
        raise click.ClickException(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return True


def _interpreter(python: str) -> str | None:
    if python == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    try:
        return uv("python", "find", "--no-project", python).strip()
    except click.ClickException:
        return None
