"""Time in the worlds of a server: for whoever is there, in turns, and not where nobody is."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from lqe.adapters.clock import SystemClock
from lqe.adapters.memory import MemoryConnections
from lqe.handlers.tick.handler import Beats, Tick
from lqe.local.intake import QueueIntake
from lqe.local.ticking import Ticking
from lqe.ports.push import Connection
from tests.recorded import START_US

HZ = 20.0


class Room:
    """Worlds on a loop; `stored_us` says when something was last stored of any of them."""

    def __init__(self) -> None:
        self.clock = SystemClock()
        self.connections, self.intake = MemoryConnections(), QueueIntake()
        self.stored_us = 0
        tick = Tick(self.connections, self.intake, self.clock)
        self.time = Ticking(tick, self.clock, lambda _: self.stored_us)

    def comes(self, world: str) -> Connection:
        connection = Connection(f"c-{world}", "acme", world, "ann", "s")
        self.connections.add(connection, self.clock.now_us())
        return connection

    def beats(self) -> dict[str, int]:
        """Return how many beats there were since the last time, by world."""
        found: dict[str, int] = {}
        while len(self.intake):
            for message in self.intake.take()[0]:
                found[message.world] = found.get(message.world, 0) + 1
        return found


def on_a_loop(play: Callable[[Room], Coroutine[None, None, None]]) -> None:
    asyncio.run(play(Room()))


def test_time_passes_at_each_worlds_own_cadence() -> None:
    async def play(room: Room) -> None:
        for world, hz in (("slow", HZ / 2), ("fast", HZ)):
            room.comes(world)
            room.time.begin("acme", world, hz)
            room.time.begin("acme", world, hz)
        begun_us = room.clock.now_us()
        await asyncio.sleep(0.5)
        beats, passed_s = room.beats(), (room.clock.now_us() - begun_us) / 1e6
        assert 2 <= beats["slow"] <= passed_s * HZ / 2 + 1
        assert beats["slow"] + 2 <= beats["fast"] <= passed_s * HZ + 1
        room.time.end()

    on_a_loop(play)


def test_nothing_happens_in_a_world_where_nobody_is_until_time_is_resumed() -> None:
    async def play(room: Room) -> None:
        connection = room.comes("w1")
        room.time.begin("acme", "w1", HZ)
        await asyncio.sleep(0.12)
        assert room.beats()
        room.connections.remove(connection)
        await asyncio.sleep(0.12)
        room.beats()
        room.comes("w1")
        await asyncio.sleep(0.12)
        assert not room.beats(), "nobody said that somebody is there again"
        room.time.resume("acme", "w1")
        await asyncio.sleep(0.12)
        assert room.beats()
        room.time.end()

    on_a_loop(play)


def test_time_that_never_began_is_not_resumed_and_none_begins_after_the_end() -> None:
    async def play(room: Room) -> None:
        room.comes("w1")
        room.time.resume("acme", "w1")
        room.time.resume("acme", "w1", HZ)
        await asyncio.sleep(0.12)
        assert not room.beats()
        room.time.begin("acme", "w1", HZ)
        room.time.end()
        room.time.resume("acme", "w1")
        await asyncio.sleep(0.12)
        assert not room.beats()

    on_a_loop(play)


def test_a_world_that_moves_by_itself_needs_no_beat() -> None:
    async def play(room: Room) -> None:
        room.comes("w1")
        room.stored_us = room.clock.now_us() + 10_000_000
        room.time.begin("acme", "w1", HZ)
        await asyncio.sleep(0.12)
        assert not room.beats()
        room.stored_us = 0
        await asyncio.sleep(0.12)
        assert room.beats()
        room.time.end()

    on_a_loop(play)


def test_a_new_cadence_is_kept_from_the_next_beat_on() -> None:
    async def play(room: Room) -> None:
        room.comes("w1")
        room.time.begin("acme", "w1", HZ)
        room.time.resume("acme", "w1", HZ / 4)
        begun_us = room.clock.now_us()
        await asyncio.sleep(0.5)
        passed_s = (room.clock.now_us() - begun_us) / 1e6
        assert 1 <= room.beats()["w1"] <= passed_s * HZ / 4 + 2
        room.time.end()

    on_a_loop(play)


@pytest.mark.parametrize("hz", [0.001, 0.1, 1.0, 4.0, 20.0, 1_000.0])
def test_whoever_records_time_does_it_at_the_same_instants(hz: float) -> None:
    beats = Beats.of("acme", "w1", hz)
    assert 50_000 <= beats.period_us <= 10_000_000
    at_us = START_US
    for _ in range(5):
        due_us = beats.after_us(at_us)
        assert 0 < due_us - at_us <= beats.period_us
        assert beats.number(due_us - 1) == beats.number(at_us)
        assert beats.number(due_us) == beats.number(at_us) + 1
        at_us = due_us


def test_worlds_of_one_cadence_take_turns() -> None:
    phases = sorted(Beats.of("acme", f"w{n}", 4.0).phase_us for n in range(100))
    assert phases[0] < 50_000
    assert phases[-1] > 200_000
    assert len(set(phases)) == 100
