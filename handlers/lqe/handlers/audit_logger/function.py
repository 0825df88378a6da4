"""The `audit_logger` function: every signal, from signals on EventBridge."""

from collections.abc import Mapping
from typing import Any

from lqe.adapters.eventbridge import parse_event
from lqe.handlers.audit_logger.handler import AuditLogger
from lqe.handlers.entry import function
from lqe.handlers.process import Process


def wire(process: Process) -> AuditLogger:
    """Return the handler over the process's adapters."""
    return AuditLogger(process.documents)


def respond(process: Process, observer: AuditLogger, event: Mapping[str, Any]) -> None:
    """Take in one signal; an error lets EventBridge deliver it again."""
    published = parse_event(event)
    observer.handle(published)
    process.count(published.tenant, "SignalsSeen", 1)


lambda_handler = function("audit_logger", wire, respond)
