"""Time passes in a world where somebody is, also when nobody acts."""

from typing import Final
from zlib import crc32

import msgspec

from lqe.events import ClockAdvanced
from lqe.names import group
from lqe.ports.clock import Clock
from lqe.ports.intake import Intake, Message
from lqe.ports.push import Connections

IDLE_US: Final = 60_000_000
# A beat every ten seconds at least: a scenario's worlds lose what is longer, by default.
_SLOWEST_HZ, _FASTEST_HZ = 0.1, 20.0


class Beats(msgspec.Struct, frozen=True):
    """The instants at which time is recorded in a world: the same ones for whoever records it.

    Worlds of one cadence take turns: they do not all move at the same instant.
    """

    period_us: int
    phase_us: int

    @classmethod
    def of(cls, tenant: str, world: str, hz: float) -> "Beats":
        """Return the beats of a world at a cadence, within what the intake is good for."""
        period_us = round(1_000_000 / min(max(hz, _SLOWEST_HZ), _FASTEST_HZ))
        return cls(period_us, crc32(group(tenant, world).encode()) % period_us)

    def number(self, now_us: int) -> int:
        """Return the number of the beat that it is time for."""
        return (now_us - self.phase_us) // self.period_us

    def after_us(self, now_us: int) -> int:
        """Return when the next beat is due."""
        return (self.number(now_us) + 1) * self.period_us + self.phase_us


class Tick:
    """Sends `clock advanced` to the intake for a world where somebody is."""

    def __init__(self, connections: Connections, intake: Intake, clock: Clock) -> None:
        self._connections = connections
        self._intake = intake
        self._clock = clock

    def is_awake(self, tenant: str, world: str) -> bool:
        """Say whether a session was heard within the last minute."""
        return self._connections.awake(tenant, world, self._clock.now_us() - IDLE_US)

    def beat(self, tenant: str, world: str, beats: Beats) -> None:
        """Record that time passed; the beat of an instant is one message, whoever sends it.

        A tick is a monotone event: the appender grants the time that passed, however often it is
        asked.
        """
        name = f"tick:{beats.period_us}:{beats.number(self._clock.now_us())}"
        message = Message(id=name, tenant=tenant, world=world, events=(ClockAdvanced(),))
        self._intake.send([message])
