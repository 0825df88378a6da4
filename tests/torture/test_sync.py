"""No receipt goes out before the system said that the command is on disk."""

import asyncio
from pathlib import Path

import pytest

from tests.torture import sync, tracing

CAME = r'7  10:00:00.1 read(22<socket:[1]>, "{\"seq\":1,\"name\":\"add\"}", 4096) = 30'
SYNC = "8  10:00:00.2 fdatasync(13</data/log.sqlite-wal>) = 0"
OTHER = "8  10:00:00.2 fdatasync(13</data/documents.sqlite-wal>) = 0"
BEGUN = "8  10:00:00.2 fdatasync(13</data/log.sqlite-wal> <unfinished ...>"
ENDED = "8  10:00:00.4 <... fdatasync resumed>) = 0"
FAILED = "8  10:00:00.2 fdatasync(13</data/log.sqlite-wal>) = -1 EIO (Input/output error)"
SENT = (
    r'7  10:00:00.3 sendto(22<socket:[1]>, "\201%{\"type\":\"receipt\",\"commands\":[[1,4]]}") = 9'
)


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ((CAME, SYNC, SENT), 0),
        ((CAME, BEGUN, ENDED, SENT), 0),
        ((CAME, SENT), 1),
        ((CAME, SENT, SYNC), 1),
        ((SYNC, CAME, SENT), 1),
        ((CAME, OTHER, SENT), 1),
        ((CAME, FAILED, SENT), 1),
        ((CAME, BEGUN, SENT, ENDED), 1),
        ((SYNC, SENT), 1),
    ],
)
def test_a_trace_shows_a_receipt_that_overtook_its_sync(lines: tuple[str, ...], wrong: int) -> None:
    found = sync.check(list(tracing.calls(lines)))
    assert found.receipts == 1
    assert len(found.wrong) == wrong


def test_every_receipt_goes_out_after_a_sync_of_the_log(tmp_path: Path) -> None:
    if reason := tracing.why_not():
        pytest.skip(reason)
    found = asyncio.run(sync.campaign(tmp_path, commands=6))
    assert found.wrong == []
    assert found.receipts >= 6
