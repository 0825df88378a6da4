"""Time passes in a world where somebody is, also when nobody acts."""

from typing import Final

from lqe.events import ClockAdvanced
from lqe.ports.clock import Clock
from lqe.ports.intake import Intake, Message
from lqe.ports.push import Connections

IDLE_US: Final = 60_000_000


class Tick:
    """Sends `clock advanced` to the intake while a session was heard within the last minute."""

    def __init__(self, connections: Connections, intake: Intake, clock: Clock) -> None:
        self._connections = connections
        self._intake = intake
        self._clock = clock

    def handle(self, tenant: str, world: str, message_id: str) -> bool:
        """Record that time passed, and say whether to go on: False if nobody is there.

        A tick is a monotone event: the appender grants the time that passed, however often it is
        asked.
        """
        if not self._connections.awake(tenant, world, self._clock.now_us() - IDLE_US):
            return False
        message = Message(id=message_id, tenant=tenant, world=world, events=(ClockAdvanced(),))
        self._intake.send([message])
        return True
