"""The appender: every message once, every receipt true, whatever comes twice or gets lost."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from lqe.adapters.memory import MemoryLogs
from lqe.closing import Close
from lqe.codec import Codec
from lqe.errors import LedgerQuestError, Unavailable
from lqe.events import AnyEvent, ClockAdvanced, CommandSubmitted, PlayerJoined
from lqe.handlers.append.handler import Append, Handled
from lqe.handlers.append.stamping import MAX_COMMIT_BYTES
from lqe.ports.intake import Message
from lqe.ports.log import Commit
from lqe.replay.script import opened
from tests.recorded import TENANT, WORLD, Recorded, SteppingClock


class Told:
    """A push that keeps what it was given."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any]] = []

    def send(self, connection: str, data: bytes) -> None:
        self.sent.append((connection, json.loads(data)))

    def close(self, connection: str, code: Close, reason: str) -> None:
        raise AssertionError((connection, code, reason))

    def receipts(self, connection: str = "c1") -> list[list[int]]:
        return [
            pair
            for to, message in self.sent
            if to == connection and message["type"] == "receipt"
            for pair in message["commands"]
        ]


class Faulty:
    """A tenant's log whose next append is lost before it is stored, or after."""

    def __init__(self, log: Any) -> None:
        self._log = log
        self.fault = ""
        self.commits: list[Commit] = []

    def tenant(self, _: str) -> "Faulty":
        return self

    def world(self, name: str) -> Any:
        return self._log.world(name)

    def append(self, commits: Sequence[Commit]) -> Sequence[LedgerQuestError | None]:
        self.commits += commits
        fault, self.fault = self.fault, ""
        if fault == "before":
            return [Unavailable("no answer")] * len(commits)
        results: Sequence[LedgerQuestError | None] = self._log.append(commits)
        return [Unavailable("no answer")] * len(commits) if fault == "after" else results


class Desk:
    """An appender over a log that can fail."""

    def __init__(self, *, begun: bool = True) -> None:
        self.logs = MemoryLogs()
        self.log = Faulty(self.logs.tenant(TENANT))
        self.clock, self.told = SteppingClock(), Told()
        self.append = self.another()
        game = Recorded()
        self.opening = opened(game.code(game.digest), game.digest, 1)
        if begun:
            self.take(message("o", self.opening))

    def another(self) -> Append:
        return Append(self.log, self.clock, self.told)

    def take(self, *messages: Message) -> Handled:
        return self.append.handle(messages)

    def commands(self) -> list[tuple[int, int]]:
        """Return (seq, position) of every recorded command."""
        decode = Codec().decode
        events = [(r.position, decode(r.data)) for r in self.log.world(WORLD).read()]
        return [(e.seq, p) for p, e in events if isinstance(e, CommandSubmitted)]


def message(name: str, *events: AnyEvent, again: bool = False, world: str = WORLD) -> Message:
    return Message(
        id=name, tenant=TENANT, world=world, events=events, connection="c1", redelivered=again
    )


def command(seq: int, size: int = 0) -> CommandSubmitted:
    return CommandSubmitted(
        player="ann", session="s", seq=seq, name="push", args=msgspec.msgpack.encode("x" * size)
    )


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_receipt_says_where_each_command_of_a_frame_stands(desk: Desk) -> None:
    handled = desk.take(message("f1", command(1), command(2)), message("f2", command(3)))
    assert handled.failed == []
    assert [a.first for a in handled.appended] == [1]
    assert desk.told.receipts() == [[1, 1], [2, 2], [3, 3]]
    assert desk.commands() == [(1, 1), (2, 2), (3, 3)]


def test_messages_of_a_group_are_one_commit_with_their_origins(desk: Desk) -> None:
    desk.take(message("f1", command(1), command(2)), message("f2", command(3)))
    commit = desk.log.commits[-1]
    assert commit.places() == {"f1": 1, "f2": 3}
    assert (commit.first, commit.last) == (1, 3)


def test_no_receipt_before_the_commit_is_known_to_be_stored(desk: Desk) -> None:
    for fault in ("before", "after"):
        desk.log.fault = fault
        handled = desk.take(message(fault, command(1)))
        assert [m.id for m in handled.failed] == [fault]
        assert handled.appended == []
    assert desk.told.sent == []


@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_message_that_comes_again_is_recorded_once_and_its_receipt_is_true(
    desk: Desk, fault: str
) -> None:
    desk.log.fault = fault
    (failed,) = desk.take(message("f1", command(1), command(2))).failed
    handled = desk.take(msgspec.structs.replace(failed, redelivered=True))
    assert handled.failed == []
    assert desk.commands() == [(1, 1), (2, 2)]
    assert desk.told.receipts() == [[1, 1], [2, 2]]


def test_so_it_is_by_a_process_that_knows_nothing(desk: Desk) -> None:
    desk.log.fault = "after"
    desk.take(message("f1", command(1)), message("f2", command(2)))
    desk.append = desk.another()
    desk.take(message("f1", command(1), again=True), message("f2", command(2), again=True))
    desk.take(message("f3", command(3)))
    assert desk.commands() == [(1, 1), (2, 2), (3, 3)]
    assert desk.told.receipts() == [[1, 1], [2, 2], [3, 3]]


def test_when_one_message_fails_those_of_its_world_after_it_fail_with_it(desk: Desk) -> None:
    desk.take(message("o2", desk.opening, world="w2"))
    desk.log.fault = "before"
    handled = desk.take(message("f1", command(1)), message("f2", command(2)))
    assert [m.id for m in handled.failed] == ["f1", "f2"]


def test_two_appenders_at_once_record_every_message_once(desk: Desk) -> None:
    other = desk.another()
    other.handle([message("a", command(1))])
    desk.take(message("b", command(2)))
    other.handle([message("c", command(3)), message("a", command(1))])
    assert desk.commands() == [(1, 1), (2, 2), (3, 3)]
    assert sorted(desk.told.receipts()) == [[1, 1], [1, 1], [2, 2], [3, 3]]


def test_a_zombie_that_wakes_up_finds_its_messages_recorded_by_its_successor(desk: Desk) -> None:
    zombie = desk.another()
    zombie.handle([message("a", command(1))])
    desk.take(message("b", command(2)))
    again = [message("b", command(2)), message("c", command(3))]
    handled = zombie.handle(again)
    assert [a.first for a in handled.appended] == [3]
    assert desk.commands() == [(1, 1), (2, 2), (3, 3)]


def test_an_appender_that_is_far_behind_asks_where_the_log_ends(desk: Desk) -> None:
    behind = desk.another()
    behind.handle([message("a", command(1))])
    for number in range(30):
        desk.take(message(f"b{number}", command(number + 2)))
    commits = len(desk.log.commits)
    assert behind.handle([message("c", command(40))]).failed == []
    assert len(desk.log.commits) - commits <= 3
    assert desk.commands()[-1] == (40, 32)


def test_the_same_message_twice_in_a_group_is_recorded_once(desk: Desk) -> None:
    desk.take(message("a", command(1)), message("a", command(1)))
    assert desk.commands() == [(1, 1)]


def test_a_world_is_opened_once_and_nothing_is_recorded_before() -> None:
    desk = Desk(begun=False)
    desk.take(message("a", command(1)), message("o", desk.opening), message("o2", desk.opening))
    names = [r.name for r in desk.log.world(WORLD).read()]
    assert names == ["world.opened.v1"]
    assert [m["code"] for _, m in desk.told.sent] == ["no_world"]


def test_an_event_that_is_too_large_is_rejected_alone(desk: Desk) -> None:
    handled = desk.take(
        message("a", command(1)), message("b", command(2, 70_000)), message("c", command(3))
    )
    assert handled.failed == []
    assert desk.commands() == [(1, 1), (3, 2)]
    (rejected,) = [m for _, m in desk.told.sent if m["type"] == "rejected"]
    assert (rejected["code"], rejected["seq"]) == ("too_large", 2)


def test_a_large_group_is_cut_into_commits_and_no_message_is_cut_in_two(desk: Desk) -> None:
    frames = [
        message(f"f{n}", command(2 * n + 1, 40_000), command(2 * n + 2, 40_000)) for n in range(9)
    ]
    assert desk.take(*frames).failed == []
    assert [seq for seq, _ in desk.commands()] == list(range(1, 19))
    commits = desk.log.commits[1:]
    assert len(commits) > 1
    assert all(sum(map(len, c.events)) <= MAX_COMMIT_BYTES for c in commits)
    assert all(len(c.events) % 2 == 0 for c in commits)


def test_time_is_read_once_a_commit_and_never_goes_back(desk: Desk) -> None:
    desk.clock.us += 1_000_000
    desk.take(message("a", ClockAdvanced()))
    desk.clock.us -= 900_000
    desk.take(message("b", PlayerJoined(player="ann", session="s")), message("c", ClockAdvanced()))
    decode = Codec().decode
    ticks = [decode(r.data).tick for r in desk.log.world(WORLD).read()]
    assert ticks == [0, 62, 62, 62]


def test_a_log_that_cannot_be_read_rejects_and_stops_no_other_world(desk: Desk) -> None:
    desk.take(message("o2", desk.opening, world="w2"))
    records = desk.logs.tenant(TENANT).world(WORLD).records
    records[-1] = msgspec.structs.replace(records[-1], data=b"spoiled")
    fresh = desk.another()
    handled = fresh.handle([message("a", command(1)), message("b", command(1), world="w2")])
    assert [a.world for a in handled.appended] == ["w2"]
    assert handled.failed == []
    assert [m["code"] for _, m in desk.told.sent if m["type"] == "rejected"] == ["unreadable_log"]
