"""A disk that fails in mid-run: clear rejections, nothing false, and on without a restart."""

import asyncio
from pathlib import Path

import pytest

from tests.torture import disk, tracing
from tests.torture.figures import told

SECONDS = 3.0


def test_with_a_full_disk_nothing_is_acknowledged_and_nothing_lost(tmp_path: Path) -> None:
    if reason := disk.may_mount(tmp_path / "small"):
        pytest.skip(reason)
    found = asyncio.run(disk.full_disk(tmp_path, seconds=SECONDS))
    assert found.wrong == [], told(found)
    assert found.judged.acknowledged >= found.receipts_before + found.receipts_after


@pytest.mark.parametrize(
    ("calls", "error"),
    [(disk.WRITES, "EROFS"), (disk.SYNCS, "EIO")],
    ids=["read-only", "failing syncs"],
)
def test_with_a_disk_that_says_no_nothing_is_acknowledged_and_nothing_lost(
    tmp_path: Path, calls: str, error: str
) -> None:
    if reason := tracing.why_not():
        pytest.skip(reason)
    found = asyncio.run(disk.injected(tmp_path, calls, error, seconds=SECONDS))
    assert found.wrong == [], told(found)
    assert found.judged.acknowledged >= found.receipts_before + found.receipts_after
