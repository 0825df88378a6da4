"""Programs that are not ours, each in an environment of its own, with the hashes of a lock file."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import click
from uv import find_uv_bin

from lqe.cli.data import shipped_folder
from lqe.version import ENGINE_VERSION

_DONE: Final = "complete"


def infra_folder() -> Path:
    """Return the folder of the deployment's files."""
    return shipped_folder("infra", "sam/template.yaml")


def tool(name: str, program: str) -> Path:
    """Return a program of the tools `sam` or `emulator`; install them if they are not there yet."""
    lock = infra_folder() / "local" / f"{name}.txt"
    folder = _cache() / f"{name}-{_digest(lock)}"
    if not (folder / _DONE).is_file():
        click.echo(f"installing {program} into {folder}, once …")
        shutil.rmtree(folder, ignore_errors=True)
        uv("venv", "--python", sys.executable, str(folder))
        install = ("pip", "install", "--python", str(folder / "bin" / "python"))
        uv(*install, "--require-hashes", "-r", str(lock))
        (folder / _DONE).write_text(ENGINE_VERSION)
    return folder / "bin" / program


def uv(*arguments: str) -> str:
    """Run the package installer and return what it printed; raise with what it said if it fails."""
    command = [find_uv_bin(), "-q", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - its own
    if done.returncode:
        raise click.ClickException(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "ledgerquest"


def _digest(lock: Path) -> str:
    """Return what changes when the lock or the Python does."""
    python = f"{sys.executable} {sys.version}".encode()
    return hashlib.sha256(lock.read_bytes() + python).hexdigest()[:16]
