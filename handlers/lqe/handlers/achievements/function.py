"""The `achievements` function: what players achieved, from signals on EventBridge."""

from lqe.handlers.achievements.handler import Achievements
from lqe.handlers.entry import function
from lqe.handlers.observing import respond
from lqe.handlers.process import Process

__all__ = ["lambda_handler", "respond", "wire"]


def wire(process: Process) -> Achievements:
    """Return the handler over the process's adapters."""
    return Achievements(process.documents)


lambda_handler = function("achievements", wire, respond)
