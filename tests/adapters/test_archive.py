"""An archive holds all that a replay needs, and is read as the log and the objects are."""

from pathlib import Path

import pytest

from lqe.adapters.scenarios import ScenarioCode
from lqe.adapters.sqlite.archive import Archive, write_archive
from lqe.errors import BadInput, Quarantine, Unavailable
from lqe.replay import Verdict, verify
from tests.recorded import TENANT, WORLD, Recorded


@pytest.fixture(scope="module")
def game() -> Recorded:
    return Recorded().play(players=2, ticks=200)


@pytest.fixture
def archive(game: Recorded, tmp_path: Path) -> Path:
    path = tmp_path / "acme" / "archives" / "w1.archive"
    write_archive(path, TENANT, WORLD, game.logs.tenant(TENANT).world(WORLD), game.stored)
    return path


def test_an_archived_world_replays_as_the_folder_did(game: Recorded, archive: Path) -> None:
    kept = Archive(archive)
    assert (kept.tenant, kept.name) == (TENANT, WORLD)
    report = verify(WORLD, kept, ScenarioCode(kept), profile=game.profile, objects=kept)
    assert report.verdict is Verdict.VERIFIED
    assert report.events == len(game.records())
    assert report.snapshots == report.keyframes > 3


def test_an_archive_gives_the_same_records(game: Recorded, archive: Path) -> None:
    kept = Archive(archive)
    records = game.records()
    assert list(kept.read()) == records
    assert list(kept.read(3, 5)) == records[3:5]
    assert kept.head() == len(records) - 1


def test_an_archive_is_written_anew_whole(game: Recorded, archive: Path) -> None:
    before = archive.stat().st_ino
    write_archive(archive, TENANT, WORLD, game.logs.tenant(TENANT).world(WORLD), game.stored)
    assert archive.stat().st_ino != before
    assert [p.name for p in archive.parent.iterdir()] == ["w1.archive"]
    assert archive.stat().st_mode & 0o077 == 0


def test_nothing_is_written_to_an_archive(archive: Path) -> None:
    with pytest.raises(Unavailable):
        Archive(archive).put("scenarios/x", b"")


def test_another_file_is_no_archive(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"SQLite format 3\0" + bytes(500))
    with pytest.raises((BadInput, Quarantine)):
        Archive(other)


def test_a_changed_event_is_told_by_the_replay(game: Recorded, archive: Path) -> None:
    data = archive.read_bytes()
    record = max(game.records(), key=lambda r: len(r.data) if "joined" in r.name else 0)
    changed = record.data.replace(b"bot-1", b"bot-9")
    assert data.count(record.data) == 1
    archive.write_bytes(data.replace(record.data, changed))
    kept = Archive(archive)
    report = verify(WORLD, kept, ScenarioCode(kept), profile=game.profile, objects=kept)
    assert report.verdict is Verdict.DIVERGED
