"""The invocation in which the imperative front works: one for each call of a decorated handler.

`ECSManager`, `command_bus`, `PhysicsWorld` and `InboundCommand.parse` are names without state;
what they do is done by the invocation that is open, which a context variable names, so that one
process can serve many tenants at once.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, Protocol

from .errors import OutsideInvocation

if TYPE_CHECKING:
    from .inbound import InboundCommand


class Invocation(Protocol):
    """What the front's names do, for every world that a command was parsed for."""

    def parsed(self, command: "InboundCommand") -> None:
        """Take in whose worlds this invocation is about."""

    def hydrate(self, entities: Iterable[int | None]) -> None:
        """Load the worlds; raise NoSuchEntity for an id that none of them has."""

    def dispatch(self, command: "InboundCommand") -> None:
        """Queue a command; nothing happens before `flush`."""

    def step(self, dt: float) -> None:
        """Let one tick of `dt` seconds pass in the worlds, at `flush`."""

    def flush(self) -> None:
        """Record what was queued, one commit a world, fold it, and write hot entities."""


_OPEN: Final[ContextVar[Invocation | None]] = ContextVar("lqe_invocation", default=None)


@contextmanager
def invocation(opened: Invocation) -> Iterator[Invocation]:
    """Make an invocation the current one until the block ends."""
    token = _OPEN.set(opened)
    try:
        yield opened
    finally:
        _OPEN.reset(token)


def current(name: str) -> Invocation:
    """Return the open invocation; raise OutsideInvocation, saying who asked."""
    opened = _OPEN.get()
    if opened is None:
        raise OutsideInvocation(
            f"{name} works inside an invocation only: decorate the handler with "
            "`@tracer.capture_lambda_handler` from lqe.metrics"
        )
    return opened
