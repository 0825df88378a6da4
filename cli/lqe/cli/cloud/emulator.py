"""An emulator of AWS's services on this machine, without Docker: it starts, answers, and stops."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from time import monotonic, sleep
from typing import Final
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import click

from .tools import tool

_STARTS_WITHIN_S: Final = 20.0
_STOPS_WITHIN_S: Final = 10.0
_PID: Final = "emulator.pid"


def is_up(endpoint: str) -> bool:
    """Say whether an emulator answers at an address."""
    try:
        with urlopen(f"{endpoint}/_ministack/health", timeout=2) as answer:  # noqa: S310 - http
            return bool(answer.status == 200)  # noqa: PLR2004 - OK
    except (URLError, OSError):
        return False


def start(endpoint: str, folder: Path) -> None:
    """Start the emulator at an address of this machine; what it holds lies below a folder.

    It goes on when this command ends. Nothing happens if it is there already.
    """
    if is_up(endpoint):
        return
    at = urlsplit(endpoint)
    folder = folder.resolve()
    (folder / "objects").mkdir(parents=True, exist_ok=True)
    environment = os.environ | {
        "BIND_HOST": at.hostname or "",
        "GATEWAY_PORT": str(at.port),
        "STATE_DIR": str(folder / "state"),
        "S3_DATA_DIR": str(folder / "objects"),
    }
    with (folder / "emulator.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - the tool just installed
            [str(tool("emulator", "ministack"))],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            cwd=folder,
            start_new_session=True,
        )
    (folder / _PID).write_text(str(process.pid))
    ends = monotonic() + _STARTS_WITHIN_S
    while not is_up(endpoint):
        if process.poll() is not None or monotonic() > ends:
            raise click.ClickException(f"the emulator does not start: see {folder}/emulator.log")
        sleep(0.1)


def stop(endpoint: str, folder: Path) -> None:
    """Stop the emulator that was started over a folder, with the functions that it runs."""
    file = folder / _PID
    if not file.is_file():
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(int(file.read_text()), signal.SIGTERM)
    ends = monotonic() + _STOPS_WITHIN_S
    while is_up(endpoint) and monotonic() < ends:
        sleep(0.1)
    file.unlink()
