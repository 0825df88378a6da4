"""Ctrl-C while a log is executed again: it counts between two events, never in the middle of one.

What is interrupted inside scenario code, or inside a call back from the physics library, can be
swallowed there, and the log would be said to give another state.
"""

import os
import signal
from types import FrameType, TracebackType
from typing import Any, Final, Self

import click

INTERRUPTED: Final = 130


class Interrupts:
    """Holds an interrupt back until `check`; whoever insists ends the process at once."""

    def __init__(self) -> None:
        self._asked = False
        self._before: Any = None

    def __enter__(self) -> Self:
        self._before = signal.getsignal(signal.SIGINT)
        if self._before is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        signal.signal(signal.SIGINT, self._before)

    def check(self) -> None:
        """End with 130, and no verdict, if somebody asked for it."""
        if self._asked:
            click.echo("interrupted: there is no verdict", err=True)
            raise SystemExit(INTERRUPTED)

    def _note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a signal's own
        if self._asked:
            os._exit(INTERRUPTED)
        self._asked = True
