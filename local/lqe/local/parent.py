"""A process that ends with its parent, also while it hears nothing."""

import ctypes
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def die_with_parent(parent: int) -> None:
    """Let the system kill this process when its parent is gone; exit if it is gone already.

    Other systems than Linux cannot: there the end of the link has to do.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if parent not in (0, os.getppid()):
        os._exit(0)
