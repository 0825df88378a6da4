"""What a worker agrees with the system before it folds: whom it ends with, and what it may take."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CHILD = """
import os, sys, time
from lqe.local.parent import die_with_parent
die_with_parent(int(sys.argv[1]))
print(os.getpid(), flush=True)
time.sleep(600)
"""
PARENT = """
import os, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid())])
time.sleep(600)
"""
TAKES = """
import resource, sys
from lqe.local.worker import bound_memory
soft, hard = int(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))
bound_memory(soft)
print(resource.getrlimit(resource.RLIMIT_DATA)[0])
"""
GIB = 1 << 30


def is_there(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the end of the link has to do")
def test_a_process_that_hears_nothing_ends_with_its_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, CHILD], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    with parent, parent.stdout:
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        ends_at = time.monotonic() + 60
        while is_there(child):
            assert time.monotonic() < ends_at, "it outlives its parent"
            time.sleep(0.02)


def test_a_process_whose_parent_is_gone_already_does_not_begin() -> None:
    gone = str(os.getppid())  # of whoever starts it, this process is the parent
    done = subprocess.run(
        [sys.executable, "-c", CHILD, gone], capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, b"")


@pytest.mark.parametrize(
    ("wanted", "held_to", "most"),
    [
        (GIB, resource.RLIM_INFINITY, GIB),
        (2 * GIB, GIB, GIB),
        (0, GIB, GIB),
    ],
)
def test_a_worker_takes_no_more_memory_than_it_may(wanted: int, held_to: int, most: int) -> None:
    code = [sys.executable, "-c", TAKES, str(wanted), str(held_to)]
    done = subprocess.run(code, capture_output=True, text=True, timeout=60, check=True)
    assert int(done.stdout) == most
