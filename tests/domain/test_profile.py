"""The numeric profile is the same in every process that computes alike."""

from __future__ import annotations

import os
import subprocess
import sys

from lqe.profile import numeric_profile

_PROGRAM = "from lqe.profile import numeric_profile; print(numeric_profile())"


def _elsewhere(hash_seed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={
            **os.environ,
            "PYTHONHASHSEED": hash_seed,
            "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        },
    )
    return done.stdout.strip()


def test_two_processes_have_the_same_profile() -> None:
    assert _elsewhere("1") == _elsewhere("2") == numeric_profile()


def test_asking_twice_gives_the_same() -> None:
    profile = numeric_profile()
    assert profile == numeric_profile()
    assert len(profile) == 32
    assert int(profile, 16) >= 0
