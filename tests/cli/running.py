"""A server of the command line, as an operator runs it."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.recorded import STONES


@contextmanager
def server(data: Path, scenario: Path = STONES) -> Iterator[str]:
    """Run `dev` on a free port and give its address; end it as an operator would."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lqe.cli", "dev", str(scenario), "--data", str(data), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        url = re.search(r"http://\S+", process.stdout.readline())
        assert url is not None
        yield url.group()
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
        assert errors == ""
        assert process.returncode == 0
