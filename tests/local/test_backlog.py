"""What waits to be folded: at hand as long as there is room, else to be read from the log."""

from lqe.events import ClockAdvanced
from lqe.handlers.append.handler import Appended
from lqe.local.backlog import Backlog

KEY = ("acme", "w1")


def part(first: int, count: int = 2, size: int = 100, world: str = "w1") -> Appended:
    return Appended("acme", world, first, [ClockAdvanced()] * count, [size] * count)


def test_what_came_is_handed_out_once_in_order() -> None:
    backlog = Backlog()
    backlog.add(part(0), 7)
    backlog.add(part(2), 8)
    waiting = backlog.take(KEY)
    assert waiting is not None
    assert (waiting.batch(KEY), waiting.events, waiting.stored_us) == (
        [part(0), part(2)], 4, [7, 8],
    )  # fmt: skip
    assert backlog.take(KEY) is None


def test_where_there_is_no_room_it_is_said_how_far_to_read_the_log() -> None:
    backlog = Backlog(most_bytes=250)
    backlog.add(part(0))
    backlog.add(part(2))
    backlog.add(part(0, world="w2"))
    waiting = backlog.take(KEY)
    assert waiting is not None
    assert waiting.batch(KEY) == [part(0), Appended(*KEY, 4)]
    backlog.add(part(4))
    again = backlog.take(KEY)
    assert again is not None
    assert again.batch(KEY) == [part(4)], "what was taken makes room"


def test_what_was_not_reached_waits_on_without_what_was() -> None:
    backlog = Backlog()
    for first in (0, 2, 4):
        backlog.add(part(first), first + 1)
    waiting = backlog.take(KEY)
    assert waiting is not None
    backlog.put_back(KEY, waiting, position=2)
    backlog.add(part(6))
    again = backlog.take(KEY)
    assert again is not None
    assert again.batch(KEY) == [part(2), part(4), part(6)]
    assert (again.events, again.stored_us) == (8, [1, 3, 5])


def test_a_world_may_be_folded_to_where_nothing_is_at_hand() -> None:
    backlog = Backlog()
    backlog.add(Appended(*KEY, 40))
    waiting = backlog.take(KEY)
    assert waiting is not None
    assert (waiting.batch(KEY), waiting.events) == ([Appended(*KEY, 40)], 0)
