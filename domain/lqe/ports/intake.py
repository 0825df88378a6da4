"""The intake port: the one way into a world's log, in order, at least once."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from lqe.events import AnyEvent


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Events on their way to a world's log, recorded together; the appender stamps them.

    `id` is unique in its world: a message of the same id is the same message. `connection` is
    who gets the receipt, if anybody. `redelivered` is set by an intake that knows that it may
    have delivered the message before.
    """

    id: str
    tenant: str
    world: str
    events: tuple[AnyEvent, ...]
    connection: str = ""
    redelivered: bool = False


class Intake(Protocol):
    """Where players, the ticker, the fold and administration send what is to be recorded."""

    def send(self, messages: Sequence[Message]) -> None:
        """Queue the messages; those of one world are appended in the order they were sent.

        Raises Unavailable if it cannot be known that all are queued.
        """
