"""A world that has much to catch up with takes turns with the others, and loses nothing by it."""

from contextlib import nullcontext

import pytest

from lqe.adapters.memory import MemoryHotEntities
from lqe.errors import Unavailable
from lqe.events import AnyEvent, ClockAdvanced, PlayerJoined
from lqe.handlers.append.handler import Appended
from lqe.handlers.fold.effects import Effects
from lqe.handlers.fold.handler import FoldHandler
from lqe.handlers.tell import Tell
from lqe.handlers.view.handler import ViewHandler
from lqe.handlers.worlds import Worlds
from lqe.local.bus import LocalBus
from lqe.ports.intake import Message
from lqe.ports.push import Connection
from lqe.replay.script import opened
from tests.recorded import TENANT, Recorded, fail


class ShortTurns:
    """Counts the parts; a turn of the world is over after each."""

    def __init__(self) -> None:
        self.blocks = 0

    def one_event(self) -> nullcontext[None]:
        self.blocks += 1
        return nullcontext()

    def is_spent(self) -> bool:
        return False


class Stage:
    """Two worlds of one game; `fold` gives each a part a turn."""

    def __init__(self) -> None:
        self.game = game = Recorded()
        self.budget = ShortTurns()
        self.worlds = Worlds(
            game.logs, game.objects, game.cursors, lambda _: game.code, game.profile, self.budget
        )
        effects = Effects(game.objects, game.cursors, game.intake, LocalBus(), MemoryHotEntities())
        self.tell = Tell(game.sockets, game.sockets, game.clock, self.budget, fail)
        self.fold = FoldHandler(self.worlds, effects, self.tell, fail, is_over=lambda: True)
        self.ids = 0

    def append(self, world: str, event: AnyEvent) -> list[Appended]:
        self.ids += 1
        message = Message(id=f"m{self.ids}", tenant=TENANT, world=world, events=(event,))
        return self.game.append.handle([message]).appended

    def begin(self, world: str) -> None:
        parts = self.append(world, opened(self.game.code(self.game.digest), self.game.digest, 1))
        parts += self.append(world, PlayerJoined(player="ann", session="s"))
        while self.fold.handle(parts):
            pass

    def cursor(self, world: str) -> int:
        return self.game.cursors.tenant(TENANT).get(world).position


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.begin("w1")
    stage.begin("w2")
    return stage


def _long_pause(stage: Stage) -> list[Appended]:
    stage.game.clock.us += 60_000_000
    return stage.append("w1", ClockAdvanced())


def test_another_world_goes_on_while_one_catches_up_with_a_long_pause(stage: Stage) -> None:
    other = stage.append("w2", PlayerJoined(player="bob", session="s"))
    late = [*_long_pause(stage), *other]
    assert stage.fold.handle(late) == [(TENANT, "w1")]
    assert stage.cursor("w2") == 2, "its turn came after one part of the other's"
    turns = 1
    while stage.fold.handle([Appended(TENANT, "w1", 3)]):
        turns += 1
    assert turns > 10
    assert stage.cursor("w1") == 2


def test_catching_up_in_turns_reaches_the_state_of_one_go(stage: Stage) -> None:
    late = _long_pause(stage)
    while stage.fold.handle(late):
        pass
    warm = stage.worlds.get(TENANT, "w1")
    assert warm is not None
    reached = warm.fold.core.settle()
    stage.worlds.drop(TENANT, "w1")
    again = stage.worlds.get(TENANT, "w1")
    assert again is not None
    assert again.fold.core.settle() == reached


def test_each_part_has_the_time_of_one_event(stage: Stage) -> None:
    late, before = _long_pause(stage), stage.budget.blocks
    while stage.fold.handle(late):
        pass
    assert stage.budget.blocks - before > 625 * 16_000 // 250_000


def test_a_view_waits_until_the_world_has_caught_up(stage: Stage) -> None:
    stage.fold.handle(_long_pause(stage))
    view = ViewHandler(stage.worlds, stage.tell, fail)
    with pytest.raises(Unavailable, match="catches up"):
        view.handle(Connection(id="c", tenant=TENANT, world="w1", player="ann", session="s"))
