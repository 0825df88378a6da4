"""The `meter` function: what worlds have used, from signals on EventBridge."""

from lqe.handlers.entry import function
from lqe.handlers.meter.handler import Meter
from lqe.handlers.observing import respond
from lqe.handlers.process import Process

__all__ = ["lambda_handler", "respond", "wire"]


def wire(process: Process) -> Meter:
    """Return the handler over the process's adapters."""
    return Meter(process.documents)


lambda_handler = function("meter", wire, respond)
