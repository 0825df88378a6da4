"""The seed's tracer: opens an invocation of the imperative front around a Lambda handler."""

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from lqe.errors import OutsideInvocation
from lqe.handlers.front import FrontInvocation, FrontPorts
from lqe.scope import invocation

_PORTS: Final[ContextVar[FrontPorts | None]] = ContextVar("lqe_front_ports", default=None)
_BUCKET = "OBJECTS_BUCKET"
LambdaHandler = Callable[[Any, Any], Any]


@contextmanager
def front_ports(ports: FrontPorts) -> Iterator[None]:
    """Let handlers called in this block work on these ports."""
    token = _PORTS.set(ports)
    try:
        yield
    finally:
        _PORTS.reset(token)


@functools.cache
def _deployed_ports() -> FrontPorts:
    """Return the ports of the function that this process is of."""
    if _BUCKET not in os.environ:
        raise OutsideInvocation(
            "no ports: call the handler inside `with lqe.metrics.front_ports(…)`, or in a deployed "
            f"function, whose environment has {_BUCKET}"
        )
    # Where the front runs without AWS, none of AWS's libraries need be there.
    from lqe.handlers.front_function import deployed_ports  # noqa: PLC0415

    return deployed_ports(os.environ)


class Tracer:
    """Gives a handler an invocation for the time of each call."""

    @staticmethod
    def capture_lambda_handler(handler: LambdaHandler) -> LambdaHandler:
        """Return the handler with an invocation around each call of it.

        It works on the ports of `front_ports`; outside of one, on those of its deployment.
        """

        @functools.wraps(handler)
        def traced(event: Any, context: Any) -> Any:
            ports = _PORTS.get() or _deployed_ports()
            try:
                with invocation(FrontInvocation(ports)):
                    return handler(event, context)
            finally:
                ports.done()

        return traced


tracer = Tracer()
