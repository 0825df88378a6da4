"""The server as a process of its own, which can be killed, looked at, and started again."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from tests.tidy.tree import ROOT

GAMES = ROOT / "tests" / "games"
_STARTS_WITHIN_S = 60.0
_ENDS_WITHIN_S = 90.0
_KILLED = "a worker: was ended by SIGKILL"
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class ServerProcess:
    """`ledgerquest serve` on a port of this machine, the same one after each start."""

    def __init__(
        self,
        data: Path,
        scenario: Path = GAMES / "tally",
        options: Sequence[str] = (),
        errors: Path | None = None,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.data = data
        self._environment = {**os.environ, **environment}
        self._scenario = scenario
        self._options = options
        self._port = "0"
        self._errors = errors or data.parent / f"{data.name}.errors"
        self._errors.write_bytes(b"")
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def spawn(self, before: Sequence[str] = ()) -> None:
        """Start the process; `before` is what to run it under."""
        command = [*before, sys.executable, "-m", "lqe.cli", "serve", str(self._scenario)]
        command += ["--data", str(self.data), "--port", self._port, *self._options]
        with self._errors.open("ab") as errors:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT,
                env=self._environment,
            )  # fmt: skip

    def wait_until_it_listens(self) -> None:
        """Return when the server said where it is."""
        assert self._process is not None
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        url = re.search(r"http://[0-9.]+:([0-9]+)", said)
        assert url is not None, f"it did not start: {said!r} {self.errors()}"
        self.url, self._port = url.group(), url.group(1)

    def start(self, before: Sequence[str] = ()) -> None:
        """Start the process and wait for it."""
        self.spawn(before)
        self.wait_until_it_listens()

    @property
    def pid(self) -> int:
        """The id of the server's process."""
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def workers(self) -> list[int]:
        """Return the ids of its workers."""
        return [pid for pid in children(self.pid) if "lqe.local.worker" in command_line(pid)]

    def kill(self) -> None:
        """End the process with no chance to do anything."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(_ENDS_WITHIN_S)
        self._close()

    def stop(self) -> int:
        """Ask the process to end, as an operator does; return its status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        status = self._process.wait(_ENDS_WITHIN_S)
        self._close()
        return status

    def end(self) -> None:
        """End the process if it is still there."""
        if self.runs:
            self.kill()

    def _close(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self._process.stdout.close()

    def errors(self) -> str:
        """Return all that was written to stderr so far."""
        return self._errors.read_text(errors="replace")

    def complaints(self) -> str:
        """Return what was written to stderr, but that a worker was killed: whoever did it knows."""
        lines = self.errors().splitlines()
        return "\n".join(line for line in lines if not line.startswith(_KILLED))

    def rss_mb(self) -> float:
        """Return the memory that server and workers hold."""
        return sum(rss_mb(pid) for pid in (self.pid, *self.workers()))


def children(pid: int) -> list[int]:
    """Return the ids of a process's children."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(c) for t in tasks for c in (t / "children").read_text().split()]
    except OSError:
        return []


def command_line(pid: int) -> str:
    """Return how a process was started; empty if it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def is_there(pid: int) -> bool:
    """Say whether a process runs; one that ended and that nobody waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def gone_within(pids: Sequence[int], seconds: float) -> list[int]:
    """Wait for processes to be gone, and return those that are not."""
    until = time.monotonic() + seconds
    while (left := [pid for pid in pids if is_there(pid)]) and time.monotonic() < until:
        time.sleep(0.02)
    return left


def rss_mb(pid: int) -> float:
    """Return the memory that a process holds; 0 if it is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * _PAGE_BYTES / 1e6
