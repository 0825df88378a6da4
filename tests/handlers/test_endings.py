"""Of a world that ends, everybody has the last view; who may not join is let go."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from lqe.adapters.budget import Unlimited
from lqe.adapters.memory import MemoryHotEntities
from lqe.closing import Close
from lqe.events import ClockAdvanced, PlayerJoined, WorldClosed
from lqe.fold import Outcome
from lqe.handlers.fold.effects import Effects
from lqe.handlers.fold.handler import FoldHandler
from lqe.handlers.tell import Tell
from lqe.handlers.worlds import Worlds
from lqe.local.bus import LocalBus
from lqe.ports.push import Connection
from lqe.replay.script import opened
from lqe.signals import Ending
from lqe.wire import Delta, OutcomeSent, ToClient, View
from tests.recorded import START_US, TENANT, WORLD, Recorded, fail


class Stage:
    """A recorded game whose clients' messages are kept, each with what ended it."""

    def __init__(self) -> None:
        self.game = Recorded()
        self.heard: dict[str, list[Any]] = {}
        self.ended: dict[str, tuple[Close, str]] = {}
        self.bus = LocalBus()
        game = self.game
        worlds = Worlds(
            game.logs, game.objects, game.cursors, lambda _: game.code, game.profile, Unlimited()
        )
        effects = Effects(
            game.objects, game.cursors, game.intake, self.bus, MemoryHotEntities(),
            clock=game.clock, pause_us=1_000_000,
        )  # fmt: skip
        tell = Tell(game.sockets, self, game.clock, Unlimited(), fail)
        game.fold = FoldHandler(worlds, effects, tell, fail, ended=tell.farewell)
        game.send(opened(game.code(game.digest), game.digest, 1), "opened")

    def joins(self, player: str) -> list[Any]:
        """Let a player join, and return what they hear of it."""
        self.game.sockets.add(Connection(player, TENANT, WORLD, player, "s"), START_US)
        joined = PlayerJoined(player=player, session="s", connection=player)
        self.game.send(joined, f"join:{player}")
        return self.heard[player]

    def leaves(self, player: str) -> None:
        """Let a player's connection be gone, as its server sees it."""
        self.game.sockets.remove(Connection(player, TENANT, WORLD, player, "s"))
        self.heard[player].clear()

    def send(self, connection: str, data: bytes) -> None:
        self.heard.setdefault(connection, []).append(msgspec.json.decode(data, type=ToClient))

    show = send

    def spread(self, connections: Sequence[str], data: bytes) -> None:
        for connection in connections:
            self.send(connection, data)

    def close(self, connection: str, code: Close, reason: str) -> None:
        self.ended[connection] = (code, reason)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_everybody_hears_the_end_at_once_and_then_is_let_go(stage: Stage) -> None:
    stage.joins("ann")
    stage.joins("bob")
    stage.game.send(WorldClosed(reason="the course is over"), "closed")
    for player in ("ann", "bob"):
        last = stage.heard[player][-1]
        assert isinstance(last, Delta)
        assert (last.signals[-1].name, last.signals[-1].data) == (
            "world_closed",
            {"reason": "the course is over"},
        )
        assert stage.ended[player] == (
            Close.WORLD_OVER,
            "the world is closed: the course is over",
        )


def test_when_a_world_ended_stands_on_its_cursor(stage: Stage) -> None:
    stage.joins("ann")
    cursors = stage.game.cursors.tenant(TENANT)
    assert cursors.get(WORLD).closed_us == 0
    stage.game.clock.us += 5_000
    stage.game.send(WorldClosed(), "closed")
    closed_us = cursors.get(WORLD).closed_us
    assert closed_us >= START_US
    stage.game.clock.us += 60_000_000
    stage.game.send(ClockAdvanced(), "later")
    stage.game.fold.settle()
    assert cursors.get(WORLD).closed_us == closed_us


def test_who_was_in_a_world_can_look_at_how_it_ended(stage: Stage) -> None:
    stage.joins("ann")
    stage.game.send(WorldClosed(reason="it is late"), "closed")
    stage.leaves("ann")
    view, outcome = stage.joins("ann")
    assert isinstance(view, View)
    assert view.ended == Ending("it is late")
    assert isinstance(outcome, OutcomeSent)
    assert outcome.code == "world_closed"


def test_a_stranger_to_a_world_that_is_over_sees_nothing_of_it(stage: Stage) -> None:
    stage.game.send(WorldClosed(), "closed")
    (outcome,) = stage.joins("eve")
    assert isinstance(outcome, OutcomeSent)
    assert stage.ended == {"eve": (Close.WORLD_OVER, "the world is closed")}


@pytest.mark.parametrize(
    ("code", "close"),
    [
        ("world_full", Close.NOT_NOW),
        ("world_faulted", Close.NOT_NOW),
        ("not_you", Close.NOT_LET_IN),
    ],
)
def test_who_may_not_join_hears_why_and_whether_to_come_back(
    stage: Stage, code: str, close: Close
) -> None:
    stage.joins("ann")
    worlds = Worlds(
        stage.game.logs, stage.game.objects, stage.game.cursors, lambda _: stage.game.code,
        stage.game.profile, Unlimited(),
    )  # fmt: skip
    warm = worlds.get(TENANT, WORLD)
    assert warm is not None
    refused = Outcome(position=1, tick=0, player="ann", session="s", code=code, reason="no")
    tell = Tell(stage.game.sockets, stage, stage.game.clock, Unlimited(), fail)
    tell.gather(warm)
    tell.outcome(warm, refused, joined=True)
    assert stage.heard["ann"][-1].code == code
    assert stage.ended == {"ann": (close, "no")}


def test_a_view_of_a_world_that_goes_on_says_nothing_of_an_end(stage: Stage) -> None:
    (view,) = stage.joins("ann")
    assert isinstance(view, View)
    assert view.ended is None
    assert stage.ended == {}
