"""A world whose every turn ends after a part of an event comes to what it comes to in one go."""

from collections.abc import Callable
from itertools import count

from lqe.adapters.budget import Unlimited
from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.memory import MemoryDocuments, MemoryHotEntities, MemoryObjects
from lqe.events import AnyEvent, ClockAdvanced, PlayerJoined
from lqe.handlers.append.handler import Appended
from lqe.handlers.fold.effects import Effects
from lqe.handlers.fold.handler import FoldHandler
from lqe.handlers.tell import Tell
from lqe.handlers.worlds import Worlds
from lqe.ports.bus import Published
from lqe.replay.script import opened
from lqe.scenario import Rules, Scenario, World
from tests.handlers.test_fold_handler import Heard
from tests.recorded import TENANT, WORLD, Recorded, fail

LAST_TICK = 400


def failing() -> Scenario:
    """Return a game that a system ends long after its last keyframe."""
    game = Scenario("fails", rules=Rules(keyframe_interval=200))

    @game.system()
    def fails(world: World) -> None:
        if world.tick == 190:
            raise ValueError("no more")

    return game


def recorded(game: Scenario) -> Recorded:
    """Return a log of players who come, and then time alone."""
    stage = Recorded()
    stage.code = lambda _: game  # type: ignore[assignment]
    events: list[AnyEvent] = [
        opened(game, "a", 1),
        *(PlayerJoined(player=name, session=name) for name in ("ann", "bob", "cleo")),
    ]
    start = stage.clock.us
    for number, event in enumerate(events):
        stage.clock.us = start + number * 20 * 16_000
        stage.send(event, f"m{number}")
    for tick in range(100, LAST_TICK, 100):
        stage.clock.us = start + tick * 16_000
        stage.send(ClockAdvanced(), f"t{tick}")
    return stage


def folded(stage: Recorded, is_over: Callable[[], bool]) -> tuple[list[Published], int]:
    """Fold a log anew, turn by turn; return its signals, and how many turns that took."""
    heard = Heard()
    stage.cursors = DocumentCursors(MemoryDocuments())
    worlds = Worlds(
        stage.logs, MemoryObjects(), stage.cursors, lambda _: stage.code, stage.profile, Unlimited()
    )
    effects = Effects(MemoryObjects(), stage.cursors, heard, heard, MemoryHotEntities())
    tell = Tell(stage.sockets, stage.sockets, stage.clock, Unlimited(), fail)
    handler = FoldHandler(worlds, effects, tell, heard.report, is_over=is_over)
    turns = 0
    for end in range(1, len(stage.records()) + 1):
        # As it was stored: what came before is out when the next event is folded.
        while handler.handle([Appended(TENANT, WORLD, end)]):
            turns += 1
    assert heard.stopped == []
    return heard.signals, turns


def once_in(number: int) -> Callable[[], bool]:
    """Return what says that a turn is over at every so many-th question."""
    asked = count(1)
    return lambda: next(asked) % number == 0


def test_a_fault_is_heard_of_once_wherever_its_turns_end() -> None:
    stage = recorded(failing())
    at_once, _ = folded(stage, lambda: False)
    assert [s for s in at_once if s.signal.name == "world_halted"]
    for number in range(1, 40):
        in_parts, turns = folded(stage, once_in(number))
        assert turns > 0 or number > 20
        assert in_parts == at_once, f"a turn ended after every {number} parts"
