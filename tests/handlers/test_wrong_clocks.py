"""Time in a log whose writer's clock is set: it passes at its rate, and is what the clock says."""

from hypothesis import given
from hypothesis import strategies as st

from lqe.adapters.memory import MemoryLogs
from lqe.closing import Close
from lqe.codec import Codec
from lqe.events import AnyEvent, ClockAdvanced
from lqe.handlers.append.handler import Append
from lqe.ports.intake import Message
from lqe.replay.script import opened
from tests.recorded import TENANT, WORLD, Recorded, SteppingClock

HOUR_US = 3_600_000_000
TRUE_TO_US = 500_000


class Unheard:
    """A push for messages that nobody waits for."""

    def send(self, connection: str, data: bytes) -> None:
        raise AssertionError(f"{connection}: {data!r}")

    def close(self, connection: str, code: Close, reason: str) -> None:
        raise AssertionError((connection, code, reason))


class Writer:
    """An appender, its two clocks, and what it recorded."""

    def __init__(self) -> None:
        self.logs, self.wall, self.steady = MemoryLogs(), SteppingClock(), SteppingClock()
        self._codec = Codec()
        self._count = 0
        game = Recorded()
        self.opening = opened(game.code(game.digest), game.digest, 1)
        self.start()
        self.record(self.opening)

    def start(self) -> None:
        """Begin anew, as a process does that was ended."""
        self.append = Append(self.logs, self.wall, Unheard(), steady=self.steady)

    def record(self, event: AnyEvent) -> AnyEvent:
        self._count += 1
        message = Message(id=f"m{self._count}", tenant=TENANT, world=WORLD, events=(event,))
        (stored,) = self.append.handle([message]).appended
        return stored.events[0]

    def passes(self, us: int) -> AnyEvent:
        """Let some time pass, by both clocks, and record it."""
        self.wall.us += us
        self.steady.us += us
        return self.record(ClockAdvanced())


TICK_US = Writer().opening.tick_us
SHORT_US = st.integers(0, 100 * TICK_US)
LEAP_US = st.sampled_from([0, 0, 1, -900_000, 2_000_000, -2_000_000, 3 * HOUR_US, -3 * HOUR_US])


@given(st.lists(st.tuples(SHORT_US, LEAP_US), max_size=30))
def test_as_many_ticks_pass_whatever_the_clock_is_set_to(steps: list[tuple[int, int]]) -> None:
    writer = Writer()
    passed = 0
    for us, leap_us in steps:
        writer.wall.us += leap_us
        event = writer.passes(us)
        passed += us
        assert event.tick == passed // TICK_US
        assert abs(writer.wall.us - passed % TICK_US - event.at_us) <= TRUE_TO_US


def test_a_world_whose_log_is_hours_ahead_goes_on_with_the_next_start() -> None:
    writer = Writer()
    writer.wall.us += 3 * HOUR_US
    ahead = writer.passes(TICK_US)
    writer.wall.us -= 3 * HOUR_US
    writer.start()
    first, second = writer.passes(TICK_US), writer.passes(10 * TICK_US)
    assert (first.tick, second.tick) == (ahead.tick, ahead.tick + 10)
    assert second.at_us == writer.wall.us


def test_a_start_right_after_a_stop_loses_no_part_of_a_tick() -> None:
    writer = Writer()
    before = writer.passes(TICK_US + TICK_US // 2)
    writer.start()
    after = writer.passes(TICK_US // 2 + 1)
    assert after.tick == before.tick + 1
    assert after.at_us == before.at_us + TICK_US
