"""Appender and fold: in order whatever comes, effects above the cursor, faults kept apart."""

from collections.abc import Sequence

import msgspec
import pytest

from lqe.events import (
    AnyEvent,
    ClockAdvanced,
    CommandSubmitted,
    KeyframeRecorded,
    PlayerJoined,
)
from lqe.fold import Snapshot
from lqe.handlers.append.handler import Appended
from lqe.handlers.fold.handler import FoldHandler
from lqe.ports.bus import Published
from lqe.ports.intake import Message
from lqe.ports.objects import snapshot_name
from lqe.replay import Verdict
from lqe.replay.script import opened
from tests.recorded import TENANT, WORLD, Recorded


class Heard:
    """A bus and an intake that keep what they were given."""

    def __init__(self) -> None:
        self.signals: list[Published] = []
        self.sent: list[Message] = []
        self.stopped: list[str] = []

    def publish(self, signals: Sequence[Published]) -> None:
        self.signals += signals

    def send(self, messages: Sequence[Message]) -> None:
        self.sent += messages

    def report(self, tenant: str, world: str, error: BaseException) -> None:
        self.stopped.append(f"{tenant}#{world}: {error}")


class Stage:
    """A log that is written by hand, and fold handlers that follow it."""

    def __init__(self) -> None:
        self.game = Recorded()
        self.heard = Heard()

    def handler(self) -> FoldHandler:
        """Return a fold that has nothing in memory."""
        return self.game.fold_with(self.heard, self.heard, self.heard.report)

    def append(self, *ticks: int, world: str = WORLD) -> list[Appended]:
        """Append a world's opening, a join and pushes at these ticks; return what was appended."""
        game = self.game
        events: list[AnyEvent] = [
            opened(game.code(game.digest), game.digest, 1),
            PlayerJoined(player="ann", session="s"),
        ]
        args = msgspec.msgpack.encode({"dx": 1.0, "dy": 0.0})
        messages = [
            Message(id=f"m{i}", tenant=TENANT, world=world, events=(e,))
            for i, e in enumerate(events)
        ]
        start = game.clock.us
        appended = game.append.handle(messages).appended
        for seq, tick in enumerate(ticks, 1):
            game.clock.us = start + tick * 16_000
            push = CommandSubmitted(player="ann", session="s", seq=seq, name="push", args=args)
            message = Message(id=f"p{seq}", tenant=TENANT, world=world, events=(push,))
            appended += game.append.handle([message]).appended
        game.clock.us = start
        return appended

    def cursor(self, world: str = WORLD) -> int:
        return self.game.cursors.tenant(TENANT).get(world).position


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_records_out_of_order_twice_and_missing_are_folded_once_each_and_in_order(
    stage: Stage,
) -> None:
    parts = stage.append(10, 20, 30, 90)
    handler = stage.handler()
    handler.handle([parts[3], parts[1], parts[1]])
    handler.handle([parts[0]])
    handler.handle([parts[4]])
    assert stage.heard.stopped == []
    assert stage.cursor() == 5
    pushed = [s for s in stage.heard.signals if s.signal.name == "pushed"]
    assert [(s.position, s.index) for s in pushed] == [(2, 0), (3, 0), (4, 0), (5, 0)]


def test_a_cold_fold_repeats_no_effect_and_goes_on(stage: Stage) -> None:
    parts = stage.append(10, 50, 90)
    stage.handler().handle(parts[:-1])
    before = list(stage.heard.signals)
    stage.handler().handle(parts)
    new = stage.heard.signals[len(before) :]
    assert [s.signal.name for s in new] == ["pushed", "usage"]
    assert stage.cursor() == 4


def test_every_keyframe_is_stored_and_attested(stage: Stage) -> None:
    stage.handler().handle(stage.append(10, 50, 90))
    names = stage.game.stored.names("snapshots/")
    assert names == [snapshot_name(WORLD, t) for t in (0, 40, 80)]
    attested = [e for m in stage.heard.sent for e in m.events if isinstance(e, KeyframeRecorded)]
    assert {e.keyframe for e in attested} == {0, 40, 80}
    for event in attested:
        assert stage.game.snapshot(event.keyframe).header.digest == event.digest


def test_an_attestation_that_was_lost_is_sent_again(stage: Stage) -> None:
    parts = stage.append(10, 50, 90)
    stage.handler().handle(parts[:2])
    stage.heard.sent.clear()
    stage.handler().handle(parts)
    sent = [e for m in stage.heard.sent for e in m.events if isinstance(e, KeyframeRecorded)]
    assert 0 in {e.keyframe for e in sent}


def test_a_stored_snapshot_with_another_digest_stops_the_world_and_no_other(stage: Stage) -> None:
    first = stage.append(10, 50)
    other = stage.append(10, 50, world="w2")
    handler = stage.handler()
    handler.handle([first[0], other[0]])
    good = stage.game.snapshot(0)
    header = msgspec.structs.replace(good.header, tick=40)
    forged = Snapshot(header, good.state).encode()
    stage.game.stored.put(snapshot_name(WORLD, 40), forged)
    handler.handle([*first[1:], *other[1:]])
    assert len(stage.heard.stopped) == 1
    assert f"{TENANT}#{WORLD}" in stage.heard.stopped[0]
    assert "is stored with digest" in stage.heard.stopped[0]
    assert stage.cursor("w2") == 3
    assert stage.cursor() == 1
    handler.handle(first)
    assert len(stage.heard.stopped) == 1, "a world that stands still is left alone"


def test_a_recorded_digest_that_is_not_ours_stops_the_world(stage: Stage) -> None:
    handler = stage.handler()
    handler.handle(stage.append(50))
    false = KeyframeRecorded(keyframe=40, position=1, digest="0" * 64, profile=stage.game.profile)
    message = Message(id="k", tenant=TENANT, world=WORLD, events=(false,))
    handler.handle(stage.game.append.handle([message]).appended)
    assert len(stage.heard.stopped) == 1
    assert "was recorded with digest 0000" in stage.heard.stopped[0]


def test_a_fold_that_finds_another_at_work_gives_way(stage: Stage) -> None:
    parts = stage.append(10, 50)
    slow, fast = stage.handler(), stage.handler()
    slow.handle(parts[:1])
    fast.handle(parts)
    slow.handle(parts)
    assert stage.heard.stopped == []
    assert stage.cursor() == 3
    more = Message(id="m", tenant=TENANT, world=WORLD, events=(ClockAdvanced(),))
    slow.handle(stage.game.append.handle([more]).appended)
    assert stage.cursor() == 4


def test_time_is_granted_by_the_appender_and_bookkeeping_never_moves_it(stage: Stage) -> None:
    stage.append(10)
    game = stage.game
    game.clock.us += 5_000_000
    for event in (
        KeyframeRecorded(keyframe=0, position=0, digest="d", profile="p"),
        ClockAdvanced(),
    ):
        game.append.handle([Message(id="m", tenant=TENANT, world=WORLD, events=(event,))])
    *_, recorded, advanced = game.events()
    assert recorded.tick == 10
    assert advanced.tick == 5_000_000 // 16_000


def test_events_for_a_world_that_was_never_opened_are_not_stored(stage: Stage) -> None:
    game = stage.game
    message = Message(id="m", tenant=TENANT, world="w9", events=(ClockAdvanced(),))
    assert game.append.handle([message]).appended == []
    assert game.logs.tenant(TENANT).worlds() == []


def test_a_world_is_opened_once(stage: Stage) -> None:
    stage.append()
    stage.append()
    names = [type(e).__name__ for e in stage.game.events()]
    assert names == ["WorldOpened", "PlayerJoined", "PlayerJoined"]


def test_another_writer_of_the_same_log_makes_the_appender_look_again(stage: Stage) -> None:
    from lqe.handlers.append.handler import Append

    stage.append(10)
    game = stage.game
    rival = Append(game.logs, game.clock, game.sockets)
    for number, writer in enumerate((rival, game.append, rival, game.append)):
        message = Message(id=f"r{number}", tenant=TENANT, world=WORLD, events=(ClockAdvanced(),))
        assert len(writer.handle([message]).appended) == 1
    assert [r.position for r in game.records()] == list(range(7))


def test_the_whole_way_is_verified_in_the_end() -> None:
    report = Recorded().play(players=2, ticks=200).verify()
    assert report.verdict is Verdict.VERIFIED


def test_what_is_told_is_on_its_way_before_the_cursor_moves(stage: Stage) -> None:
    parts = stage.append(10, 50, 90)
    handler = stage.handler()
    moved_from: list[int] = []
    handler._effects._flush = lambda _tenant, _world: moved_from.append(stage.cursor())
    handler.handle(parts)
    assert moved_from[0] == -1
    assert moved_from == sorted(set(moved_from))
    assert moved_from[-1] < stage.cursor() == 4


@pytest.mark.parametrize("spoiled", [b"no snapshot", None], ids=["damaged", "gone"])
def test_a_fold_begins_with_an_older_snapshot_where_the_newest_is_not_whole(
    stage: Stage, spoiled: bytes | None
) -> None:
    parts = stage.append(10, 50, 90)
    handler = stage.handler()
    handler.handle(parts)
    cursor = stage.game.cursors.tenant(TENANT).get(WORLD)
    assert cursor.snapshot == 80
    stored = stage.game.stored._objects
    signals = list(stage.heard.signals)
    for tick in (80, 40, 0):
        if spoiled is None:
            del stored[snapshot_name(WORLD, tick)]
        else:
            stored[snapshot_name(WORLD, tick)] = spoiled
        stage.handler().handle(parts)
        assert stage.heard.stopped == []
        assert stage.cursor() == cursor.position
    assert stage.heard.signals == signals
