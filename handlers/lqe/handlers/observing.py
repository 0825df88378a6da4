"""What the functions of observers have in common: one signal of EventBridge a call."""

from collections.abc import Mapping
from typing import Any, Protocol

from lqe.adapters.eventbridge import parse_event
from lqe.handlers.process import Process
from lqe.ports.bus import Published


class Observer(Protocol):
    """Takes in signals; the same one twice changes nothing."""

    def handle(self, published: Published) -> None:
        """Take in a signal, if it is one to this observer."""


def respond(process: Process, observer: Observer, event: Mapping[str, Any]) -> None:
    """Take in one signal; an error lets EventBridge deliver it again."""
    published = parse_event(event)
    with process.acting.tenant(published.tenant):
        observer.handle(published)
    process.count(published.tenant, "SignalsSeen", 1)
