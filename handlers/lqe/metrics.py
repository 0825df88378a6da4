"""The seed's tracer: opens an invocation of the imperative front around a Lambda handler."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from lqe.errors import OutsideInvocation
from lqe.handlers.front import FrontInvocation, FrontPorts
from lqe.scope import invocation

_PORTS: Final[ContextVar[FrontPorts | None]] = ContextVar("lqe_front_ports", default=None)
LambdaHandler = Callable[[Any, Any], Any]


@contextmanager
def front_ports(ports: FrontPorts) -> Iterator[None]:
    """Let handlers called in this block work on these ports."""
    token = _PORTS.set(ports)
    try:
        yield
    finally:
        _PORTS.reset(token)


class Tracer:
    """Gives a handler an invocation for the time of each call."""

    @staticmethod
    def capture_lambda_handler(handler: LambdaHandler) -> LambdaHandler:
        """Return the handler with an invocation around each call of it."""

        @functools.wraps(handler)
        def traced(event: Any, context: Any) -> Any:
            ports = _PORTS.get()
            if ports is None:
                raise OutsideInvocation(
                    "no ports: call the handler inside `with lqe.metrics.front_ports(…)`"
                )
            with invocation(FrontInvocation(ports)):
                return handler(event, context)

        return traced


tracer = Tracer()
