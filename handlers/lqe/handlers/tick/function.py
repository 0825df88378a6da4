"""The `tick` function: a minute of a world's time, at its scenario's cadence."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from lqe.handlers.entry import function
from lqe.handlers.process import Process
from lqe.handlers.tick.handler import Tick
from lqe.names import check_tenant, check_world

_LONGEST_S = 60.0
_FASTEST_HZ = 20.0


def wire(process: Process) -> Tick:
    """Return the handler over the process's adapters."""
    return Tick(process.connections, process.intake, process.clock)


def respond(
    process: Process,
    tick: Tick,
    event: Mapping[str, Any],
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    """Let time pass for `seconds`, `hz` times a second; `awake` says whether to go on.

    `id` names the run: the same run again sends the same messages.
    """
    tenant, world = check_tenant(str(event["tenant"])), check_world(str(event["world"]))
    hz = min(float(event.get("hz", 4.0)), _FASTEST_HZ)
    beats = max(1, int(hz * min(float(event.get("seconds", 0.0)), _LONGEST_S)))
    for beat in range(beats):
        if not tick.handle(tenant, world, f"tick:{event['id']}:{beat}"):
            return {**event, "awake": False}
        process.count(tenant, "Beats", 1)
        if beat + 1 < beats:
            sleep(1.0 / hz)
    return {**event, "awake": True}


lambda_handler = function("tick", wire, respond)
