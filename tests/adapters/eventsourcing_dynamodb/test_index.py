"""The stored index: what a cold open reads, and that nothing but time depends on the index."""

import random

import pytest
from eventsourcing.persistence import IntegrityError, Tracking

from lqe.adapters.dynamodb.eventsourcing import index, places
from lqe.adapters.dynamodb.eventsourcing.entries import decoded, unpacked
from lqe.adapters.dynamodb.eventsourcing.kept import Kept
from lqe.adapters.dynamodb.eventsourcing.places import Place, cover
from lqe.adapters.dynamodb.eventsourcing.ranges import Ranges
from lqe.adapters.dynamodb.table import Item, Table, number, text

from .words import SPACE, Calls, application, counted, event, originator, process, versions

ORIGINATORS = 50


@pytest.fixture(autouse=True)
def _small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "SEGMENT", 16)
    monkeypatch.setattr(places, "FAN", 4)


def fill(table: Table, commits: int, seed: int = 1) -> dict[int, list[int]]:
    """Write commits of one to five events; return the versions of each originator."""
    recorder = process(table)
    chance = random.Random(seed)
    stored: dict[int, list[int]] = {n: [] for n in range(ORIGINATORS)}
    for position in range(1, commits + 1):
        number = chance.randrange(ORIGINATORS)
        first = len(stored[number]) + 1
        added = list(range(first, first + chance.randint(1, 5)))
        stored[number] += added
        recorder.insert_events(
            [event(number, version) for version in added], tracking=Tracking("upstream", position)
        )
    return stored


def index_items(table: Table) -> list[Item]:
    items = table._client.scan(TableName=table.name)["Items"]
    return [item for item in items if "#.index." in item["pk"]["S"]]


def check(table: Table, stored: dict[int, list[int]]) -> Calls:
    """Compare what a new process reads with what was stored; return its calls."""
    calls, counting = counted(table)
    cold = process(counting)
    for n, wanted in stored.items():
        assert versions(cold.select_events(originator(n))) == wanted
    return calls


def test_a_cold_open_reads_the_index_and_the_tail_and_not_the_log(table: Table) -> None:
    stored = fill(table, 600)
    check(table, stored)  # builds what was not asked for before
    events = sum(map(len, stored.values()))
    calls, counting = counted(table)
    cold = process(counting)
    assert cold.max_notification_id() == events
    assert cold.max_tracking_id("upstream") == 600
    tail = calls.items
    assert tail < 2 * places.SEGMENT + 4 * places.FAN
    wanted = cold.select_events(originator(3))
    assert versions(wanted) == stored[3]
    assert calls.items - tail < len(wanted) + 4 * places.FAN
    assert calls.puts == 0


def test_a_cold_writer_knows_every_version_that_is_stored(table: Table) -> None:
    stored = fill(table, 300)
    for n, wanted in stored.items():
        for version in (wanted[0], wanted[-1]) if wanted else ():
            with pytest.raises(IntegrityError):
                application(table).insert_events([event(n, version)])
    cold = process(table)
    with pytest.raises(IntegrityError, match="processed already"):
        cold.insert_tracking(Tracking("upstream", 300))
    cold.insert_tracking(Tracking("upstream", 301))


def test_a_missing_index_is_built_again_from_the_log(table: Table) -> None:
    stored = fill(table, 300)
    check(table, stored)
    before = {(i["pk"]["S"], i["sk"]["N"]): i for i in index_items(table)}
    for item in before.values():
        table.delete({"pk": item["pk"], "sk": item["sk"]})
    check(table, stored)
    after = {(i["pk"]["S"], i["sk"]["N"]): i for i in index_items(table)}
    assert after.items() <= before.items()
    assert check(table, stored).puts == 0


def test_a_block_knows_its_share_of_the_keys_and_no_other(table: Table) -> None:
    check(table, fill(table, 300))
    levels = set()
    for item in index_items(table):
        level = int(item["pk"]["S"].rpartition(".")[2])
        levels.add(level)
        place = Place(level, *divmod(int(item["sk"]["N"]), places.FAN**level))
        assert all(place.holds(key) for key in decoded(unpacked(bytes(item["body"]["B"]))))
    assert len(levels) > 2


def test_memory_for_blocks_is_bounded_and_the_latest_used_stay() -> None:
    kept: Kept[str] = Kept(100)
    for name in "abcd":
        kept.put(name, bytes(30))
        kept.get("a")
    assert [kept.get(name) is not None for name in "abcd"] == [True, False, True, True]
    kept.put("a", bytes(200))
    assert [kept.get(name) is not None for name in "abcd"] == [True, False, False, False]


@pytest.mark.parametrize("body", [{"B": b"nonsense"}, {"B": b""}, {"S": "text"}, {"NULL": True}])
def test_a_spoiled_index_is_built_again_from_the_log(table: Table, body: Item) -> None:
    stored = fill(table, 100)
    check(table, stored)
    for item in index_items(table):
        if body != {"NULL": True} or item["pk"]["S"].endswith(".0"):
            table.put(item | {"body": body})
    check(table, stored)
    assert check(table, stored).puts == 0


def test_racing_builders_store_the_same(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = fill(table, 200)
    for item in index_items(table):
        table.delete({"pk": item["pk"], "sk": item["sk"]})
    readers = [process(table) for _ in range(2)]
    # The second looks before the first has stored anything, and stores after it.
    monkeypatch.setattr(readers[0].log._index, "_store", lambda *_: None)
    for n, wanted in stored.items():
        for reader in readers:
            assert versions(reader.select_events(originator(n))) == wanted
    monkeypatch.undo()
    for place, block in list(readers[0].log._index._kept._all.items()):
        assert readers[1].log._index._kept.get(place) == block


def test_an_index_that_cannot_be_written_only_costs_time(
    table: Table, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    put = Table.put

    def refused(self: Table, item: Item, **more: object) -> Item | None:
        if "#.index." in item["pk"]["S"]:
            self = Table(self._client, "not-there")
        return put(self, item, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Table, "put", refused)
    stored = fill(table, 100)
    check(table, stored)
    assert index_items(table) == []
    assert "is not kept up" in caplog.text


def test_a_block_too_large_for_an_item_is_looked_for_below(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "MAX_BLOCK_BYTES", 100)
    stored = fill(table, 300)
    check(table, stored)
    assert any("NULL" in item["body"] for item in index_items(table))
    check(table, stored)


def test_a_commit_longer_than_a_segment_is_found(table: Table) -> None:
    recorder = application(table)
    recorder.insert_events([event(1, v) for v in range(1, 100)])
    recorder.insert_events([event(2, 1)])
    recorder.insert_events([event(1, v) for v in range(100, 200)])
    for reader in (recorder, application(table)):
        assert versions(reader.select_events(originator(1))) == list(range(1, 200))
        assert versions(reader.select_events(originator(2))) == [1]


def test_who_was_away_for_long_starts_from_the_index_again(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lqe.adapters.dynamodb.eventsourcing.log._BEHIND", 20)
    calls, counting = counted(table)
    away = process(counting)
    assert away.max_notification_id() is None
    stored = fill(table, 200)
    before = calls.items
    assert away.max_notification_id() == sum(map(len, stored.values()))
    assert calls.items - before < 20 + 2 * places.SEGMENT
    assert versions(away.select_events(originator(5))) == stored[5]


@pytest.mark.parametrize("segments", [0, 1, 3, 4, 5, 15, 16, 17, 63, 64, 100, 1000])
def test_segments_cover_the_log_once_and_in_order(segments: int) -> None:
    covered = [
        segment
        for level, at in cover(segments)
        for segment in range(at * places.FAN**level, (at + 1) * places.FAN**level)
    ]
    assert covered == list(range(segments))


def test_what_lies_below_a_block_holds_all_of_its_keys() -> None:
    for key in (SPACE.bytes, b"nx", b"ty"):
        place = Place(2, 1, places.share_of(2, key))
        assert all(lower.holds(key) for lower in place.below())
        assert [lower.segment for lower in place.below()] == [4, 5, 6, 7]


def test_ranges_are_the_set_that_they_stand_for() -> None:
    chance = random.Random(3)
    for _ in range(50):
        ranges, model = Ranges(), set[int]()
        for _ in range(60):
            start = chance.randrange(100)
            end = start + chance.randrange(4)
            if model.isdisjoint(range(start, end + 1)):
                ranges.add([1, start, end])
                model |= set(range(start, end + 1))
        assert {n for n in range(-1, 110) if n in ranges} == model
        assert ranges.highest == max(model)


def test_consecutive_versions_are_one_range() -> None:
    ranges = Ranges([1, 4, 6, 2, 1, 2, 3, 3, 3, 4, 7, 7])
    assert (ranges._starts, ranges._ends) == ([1], [7])


def test_an_index_removed_under_a_running_process_is_no_harm(table: Table) -> None:
    stored = fill(table, 100)
    running = process(table)
    running.select_events(originator(1))
    for item in index_items(table):
        table.delete({"pk": text(item["pk"]["S"]), "sk": number(int(item["sk"]["N"]))})
    for n, wanted in stored.items():
        assert versions(running.select_events(originator(n))) == wanted
