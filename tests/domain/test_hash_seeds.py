"""No digest depends on the hash seed of the process that computes it."""

from __future__ import annotations

import os
import subprocess
import sys

import msgspec
import pytest

from tests.goldens import WANTED, Golden, made


@pytest.fixture(scope="module")
def here() -> list[Golden]:
    """What the scripts lead to in this process."""
    return [made(*each) for each in WANTED]


@pytest.mark.parametrize("hash_seed", ["0", "1", "271828"])
def test_another_hash_seed_gives_the_same_digests(hash_seed: str, here: list[Golden]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.goldens", "--print"],
        capture_output=True,
        timeout=100,
        check=False,
        env={
            **os.environ,
            "PYTHONHASHSEED": hash_seed,
            "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        },
    )
    assert done.returncode == 0, done.stderr.decode()[-800:]
    assert msgspec.json.decode(done.stdout, type=list[Golden]) == here
