"""The orchestrator port on Step Functions: a run is an execution of the state machine."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

import msgspec
from botocore.exceptions import ClientError

from lqe.adapters.aws.errors import outside
from lqe.names import check_tenant, check_world, group
from lqe.ports.runs import Run, Runs

MAX_NAME: Final = 80
_THERE = "ExecutionAlreadyExists"
_CUT, _DIGEST = 40, 24


class StepFunctionsOrchestrator:
    """Starts executions, one a run: the service takes a name once in 90 days.

    `service` returns its client and the state machine's name; most processes never need them.
    """

    def __init__(self, service: Callable[[], tuple[Any, str]], runs: Runs) -> None:
        self._service = service
        self._runs = runs

    def begin(self, tenant: str, world: str, hz: float) -> None:
        """Let time pass in a world from now on, recorded `hz` times a second, until it is idle."""
        self._start(tenant, world, self._runs.next(tenant, world, hz=hz, first=True))

    def resume(self, tenant: str, world: str, hz: float | None = None) -> None:
        """Let time pass again where it was begun before."""
        self._start(tenant, world, self._runs.next(tenant, world, hz=hz))

    def succeed(self, tenant: str, world: str, epoch: int) -> None:
        """Let another run follow on one that ends; nothing if there is a newer one."""
        self._start(tenant, world, self._runs.next(tenant, world, after=epoch))

    def _start(self, tenant: str, world: str, run: Run | None) -> None:
        if run is None:
            return
        client, state_machine = self._service()
        asked = {"tenant": tenant, "world": world, "epoch": run.epoch}
        try:
            with outside(f"starting time in {group(tenant, world)}", answers=(_THERE,)):
                client.start_execution(
                    stateMachineArn=state_machine,
                    name=execution_name(tenant, world, run.epoch),
                    input=msgspec.json.encode(asked).decode(),
                )
        except ClientError:
            # It was started before, and may be over: whoever holds a run too long is replaced.
            return


def execution_name(tenant: str, world: str, epoch: int) -> str:
    """Return the name of a run's execution: no two runs have the same one.

    What is too long for a name is cut, with a digest of the whole of it.
    """
    whole = f"{check_tenant(tenant)}_{check_world(world)}"
    name = f"{whole}_{epoch}"
    if len(name) <= MAX_NAME:
        return name
    # Two underscores in a row are in no name that was not cut.
    return f"{whole[:_CUT]}__{sha256(whole.encode()).hexdigest()[:_DIGEST]}_{epoch}"
