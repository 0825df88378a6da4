"""The `audit_logger` function: every signal, from signals on EventBridge."""

from lqe.handlers.audit_logger.handler import AuditLogger
from lqe.handlers.entry import function
from lqe.handlers.observing import respond
from lqe.handlers.process import Process

__all__ = ["lambda_handler", "respond", "wire"]


def wire(process: Process) -> AuditLogger:
    """Return the handler over the process's adapters."""
    return AuditLogger(process.documents)


lambda_handler = function("audit_logger", wire, respond)
