"""The intake port: the one way into a world's log, in order, at least once."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from lqe.events import AnyEvent


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """An event on its way to a world's log; the appender gives it its tick and time.

    `connection` is who gets the receipt, if anybody.
    """

    id: str
    tenant: str
    world: str
    event: AnyEvent
    connection: str = ""


class Intake(Protocol):
    """Where players, the ticker, the fold and administration send what is to be recorded."""

    def send(self, messages: Sequence[Message]) -> None:
        """Queue the messages; those of one world are appended in the order they were sent."""
