"""Adapters that wait without waiting, and push without threads, so that one thread does all."""

import functools
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager
from typing import Any, Final, TypeVar

from lqe.adapters.apigateway import ApiGatewayPush
from lqe.adapters.eventbridge import EventBridgeBus
from lqe.adapters.s3 import S3Objects
from lqe.adapters.sqs import SqsIntake
from lqe.ecs import columns, entities, objects
from lqe.ecs.component import check_component, column_types
from lqe.ecs.finite import finite_check
from lqe.handlers.append import stamping
from lqe.handlers.fold import function as fold_function
from lqe.handlers.view import function as view_function
from lqe.handlers.worlds import Worlds
from tests.simulation.game import game
from tests.simulation.patches import patched, with_default

R = TypeVar("R")
# There is room for one message of the players, and for some of the engine's.
_SMALL_COMMIT: Final = 900

# What is found out about a component's type is the same each time, and there are few types.
_check_component = functools.cache(check_component)
_column_types = functools.cache(column_types)
_finite_check = functools.cache(finite_check)


class AtOnce(Executor):
    """Does what is submitted there and then."""

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> "Future[R]":
        """Return a future that is done."""
        done: Future[R] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


def _no_pause(seconds: float) -> None:
    assert seconds >= 0


def in_one_thread(*, small: bool) -> AbstractContextManager[None]:
    """Let processes that are wired in this block wait for nothing, and find things out once.

    In a `small` one a process keeps one warm world, and a commit holds little.
    """
    profile = game().profile
    return patched(
        with_default(Worlds.__init__, "most", 1 if small else 500),
        (stamping, "MAX_COMMIT_BYTES", _SMALL_COMMIT if small else stamping.MAX_COMMIT_BYTES),
        with_default(SqsIntake.__init__, "pause", _no_pause),
        with_default(S3Objects.__init__, "pause", _no_pause),
        with_default(EventBridgeBus.__init__, "pause", _no_pause),
        with_default(ApiGatewayPush.__init__, "threads", AtOnce),
        (fold_function, "numeric_profile", lambda: profile),
        (view_function, "numeric_profile", lambda: profile),
        (entities, "check_component", _check_component),
        (entities, "column_types", _column_types),
        (columns, "column_types", _column_types),
        (objects, "finite_check", _finite_check),
    )
