"""The `meter` function: what worlds have used, from signals on EventBridge."""

from collections.abc import Mapping
from typing import Any

from lqe.adapters.eventbridge import parse_event
from lqe.handlers.entry import function
from lqe.handlers.meter.handler import Meter
from lqe.handlers.process import Process


def wire(process: Process) -> Meter:
    """Return the handler over the process's adapters."""
    return Meter(process.documents)


def respond(process: Process, observer: Meter, event: Mapping[str, Any]) -> None:
    """Take in one signal; an error lets EventBridge deliver it again."""
    published = parse_event(event)
    observer.handle(published)
    process.count(published.tenant, "SignalsSeen", 1)


lambda_handler = function("meter", wire, respond)
