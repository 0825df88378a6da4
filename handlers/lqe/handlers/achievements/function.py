"""The `achievements` function: what players achieved, from signals on EventBridge."""

from collections.abc import Mapping
from typing import Any

from lqe.adapters.eventbridge import parse_event
from lqe.handlers.achievements.handler import Achievements
from lqe.handlers.entry import function
from lqe.handlers.process import Process


def wire(process: Process) -> Achievements:
    """Return the handler over the process's adapters."""
    return Achievements(process.documents)


def respond(process: Process, observer: Achievements, event: Mapping[str, Any]) -> None:
    """Take in one signal; an error lets EventBridge deliver it again."""
    published = parse_event(event)
    observer.handle(published)
    process.count(published.tenant, "SignalsSeen", 1)


lambda_handler = function("achievements", wire, respond)
