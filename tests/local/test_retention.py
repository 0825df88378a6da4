"""A server looks after its folder: idle worlds are closed, old ones archived, snapshots thinned."""

from pathlib import Path
from typing import Any

import pytest

from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.files import FileObjects
from lqe.adapters.scenarios import ScenarioCode, read_source
from lqe.adapters.sqlite import SQLiteDocuments, SQLiteLogs
from lqe.adapters.sqlite.archive import Archive
from lqe.codec import Codec
from lqe.errors import BadInput
from lqe.events import ClockAdvanced, WorldClosed, event_name
from lqe.fold import Header, Snapshot
from lqe.local.ended_worlds import Stores, archive_of
from lqe.local.retention import Retention
from lqe.local.settings import TENANT, Settings
from lqe.ports.cursors import Cursor
from lqe.ports.log import Commit
from lqe.ports.objects import snapshot_name, snapshots_of
from lqe.replay.script import opened
from lqe.world import state_digest
from tests.recorded import START_US, STONES, SteppingClock

DAY_US = 86_400_000_000
SECOND_US = 1_000_000


class Folder:
    """A data folder with what looks after it, without a server."""

    def __init__(self, path: Path, **settings: Any) -> None:
        self.path = path
        self.stores = Stores(path, SQLiteLogs(path), FileObjects(path), SQLiteDocuments(path))
        self.log = self.stores.logs.tenant(TENANT)
        self.objects = self.stores.objects.tenant(TENANT)
        self.cursors = DocumentCursors(self.stores.documents).tenant(TENANT)
        self.code = ScenarioCode(self.objects)
        self.digest = self.code.keep(read_source(STONES))
        self.clock, self.played = SteppingClock(), set[str]()
        self.closed: dict[str, str] = {}
        self.deleted: list[str] = []
        self.faults: list[tuple[str, str]] = []
        self.retention = Retention(
            Settings(**settings), self.clock, self.stores,
            is_played=lambda key: key[1] in self.played,
            close=lambda _tenant, world, event: self.closed.update({world: event.reason}),
            deleted=lambda key: self.deleted.append(key[1]),
            report=lambda _tenant, world, error: self.faults.append((world, str(error))),
        )  # fmt: skip

    def opens(self, world: str, *, closed_us: int = 0, quarantine: str = "") -> None:
        """Let there be a world that was opened at the start."""
        last = WorldClosed(at_us=START_US) if closed_us else ClockAdvanced(at_us=START_US)
        events = [opened(self.code(self.digest), self.digest, 1), last]
        names, data = [event_name(e) for e in events], [Codec().encode(e) for e in events]
        assert self.log.append([Commit(world, 0, names, data, 0, START_US, [])]) == [None]
        cursor = Cursor(position=1, closed_us=closed_us, quarantine=quarantine)
        assert self.cursors.move(world, Cursor(), cursor)

    def snapshots(self, world: str, ticks: range) -> None:
        """Let a world have snapshots, and its fold be past the last of them."""
        for tick in ticks:
            header = Header(
                tick=tick, position=1, digest=state_digest(b"\x80"), scenario=self.digest,
                rules=1, engine="0", profile="",
            )  # fmt: skip
            self.objects.put(snapshot_name(world, tick), Snapshot(header, b"\x80").encode())
        cursor = self.cursors.get(world)
        moved = Cursor(position=1, tick=ticks[-1], snapshot=ticks[-1])
        assert self.cursors.move(world, cursor, moved)

    def ticks(self, world: str) -> list[int]:
        prefix = snapshots_of(world)
        return [int(name.removeprefix(prefix)) for name in self.objects.names(prefix)]

    def rounds(self, count: int = 1) -> None:
        for _ in range(count):
            self.retention.round(lambda call, *given: call(*given))


def test_a_world_where_nobody_was_for_long_is_closed(tmp_path: Path) -> None:
    folder = Folder(tmp_path, close_idle_s=60)
    for world in ("empty", "played"):
        folder.opens(world)
    folder.played.add("played")
    folder.clock.us = START_US + 59 * SECOND_US
    folder.rounds()
    assert folder.closed == {}
    folder.clock.us += SECOND_US
    folder.rounds()
    assert folder.closed == {"empty": "nobody was here for 60 seconds"}


def test_a_server_that_was_away_gives_players_the_time_to_come_back(tmp_path: Path) -> None:
    before = Folder(tmp_path)
    before.opens("w1")
    after = Folder(tmp_path, close_idle_s=60)
    after.retention._began_us = after.clock.us = START_US + DAY_US
    after.rounds()
    assert after.closed == {}
    after.clock.us += 60 * SECOND_US
    after.rounds()
    assert set(after.closed) == {"w1"}


def test_a_world_is_archived_and_deleted_when_its_time_is_over(tmp_path: Path) -> None:
    folder = Folder(tmp_path, keep_closed_days=30)
    folder.opens("old", closed_us=START_US)
    folder.opens("young", closed_us=START_US + DAY_US)
    folder.opens("open")
    folder.snapshots("open", range(0, 10, 5))
    folder.clock.us = START_US + 30 * DAY_US
    folder.rounds()
    assert (folder.deleted, folder.faults) == (["old"], [])
    assert folder.log.worlds() == ["open", "young"]
    archive = Archive(archive_of(tmp_path, TENANT, "old"))
    assert [r.name for r in archive.read()] == ["world.opened.v1", "world.closed.v1"]
    assert ScenarioCode(archive)(folder.digest).title == "Stones"
    assert folder.stores.documents.tenant(TENANT).names("old") == []


def test_without_a_rule_nothing_is_closed_or_deleted(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.opens("old", closed_us=START_US)
    folder.opens("idle")
    folder.clock.us = START_US + 10_000 * DAY_US
    folder.rounds()
    assert (folder.closed, folder.deleted) == ({}, [])


def test_a_world_that_stands_still_keeps_all_it_has(tmp_path: Path) -> None:
    folder = Folder(tmp_path, close_idle_s=1, keep_closed_days=1)
    folder.opens("w1", closed_us=START_US, quarantine="no code")
    folder.clock.us = START_US + 10 * DAY_US
    folder.rounds()
    assert folder.log.worlds() == ["w1"]


def test_snapshots_are_thinned_a_few_at_a_time(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.opens("w1")
    folder.snapshots("w1", range(0, 60 * 2_000, 2_000))  # half an hour at 16 ms a tick
    folder.rounds()
    assert 37 <= len(folder.ticks("w1")) < 60
    folder.rounds(8)
    assert folder.ticks("w1") == [0, 114_000, 116_000, 118_000]
    assert folder.cursors.get("w1").snapshot == 118_000


def test_every_world_has_its_turn(tmp_path: Path) -> None:
    folder = Folder(tmp_path, close_idle_s=1)
    worlds = [f"w{n:02}" for n in range(45)]
    for world in worlds:
        folder.opens(world)
    folder.clock.us = START_US + DAY_US
    folder.rounds(2)
    assert 0 < len(folder.closed) < 45
    folder.rounds()
    assert sorted(folder.closed) == worlds


def test_a_deletion_that_was_cut_short_is_finished(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.opens("w1", closed_us=START_US)
    folder.log.delete("w1")
    folder.rounds()
    assert folder.log.deleted.left == []
    assert folder.stores.documents.tenant(TENANT).names("w1") == []


def test_what_does_not_work_is_told_once(tmp_path: Path) -> None:
    folder = Folder(tmp_path, keep_closed_days=1)
    folder.opens("w1", closed_us=START_US)
    folder.opens("w2", closed_us=START_US)
    folder.clock.us = START_US + DAY_US
    archive_of(tmp_path, TENANT, "w1").mkdir(parents=True)
    folder.rounds(3)
    assert [world for world, _ in folder.faults] == ["w1"]
    assert folder.log.worlds() == ["w1"], "it is kept, and the other one had its turn"


@pytest.mark.parametrize("name", ["close_idle_s", "keep_closed_days"])
def test_a_time_is_not_below_nothing(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=name):
        Folder(tmp_path, **{name: -1.0})
