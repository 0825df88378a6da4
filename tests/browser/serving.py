"""A server of its own process, as an operator starts it: it can be killed, and started again."""

import re
import subprocess
import sys
from pathlib import Path

from tests.tidy.tree import ROOT

_STOP_S = 20.0


class Server:
    """`ledgerquest dev` on a free port of this machine, the same one after each start."""

    def __init__(self, scenario: str, data: Path) -> None:
        self._scenario = scenario
        self._data = data
        self._port = "0"
        self.url = ""
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it; return when it can be asked."""
        command = [sys.executable, "-m", "lqe.cli", "dev", self._scenario]
        command += ["--data", str(self._data), "--port", self._port]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._process.stdout is not None
        said = ""
        for line in self._process.stdout:
            said += line
            found = re.search(r"http://[\d.]+:(\d+)", line)
            if found:
                self.url, self._port = found[0], found[1]
                return
        raise AssertionError(f"the server ended at once: {said}")

    def kill(self) -> None:
        """End it as a crash does: nothing of it gets to run any more."""
        assert self._process is not None
        self._process.kill()
        self._forget()

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if self._process is not None:
            self._process.terminate()
            self._forget()

    def _forget(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self._process.wait(_STOP_S)
        self._process.stdout.close()
        self._process = None
