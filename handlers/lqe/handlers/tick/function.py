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

    `run` and `turn` name the messages: the same turn again sends the same ones. The answer is the
    next turn's event.
    """
    tenant, world = check_tenant(str(event["tenant"])), check_world(str(event["world"]))
    run, turn = str(event["run"]), int(event.get("turn", 0))
    hz = min(float(event.get("hz", 4.0)), _FASTEST_HZ)
    beats = max(1, int(hz * min(float(event.get("seconds", 0.0)), _LONGEST_S)))
    begun = process.clock.now_us()
    awake = True
    for beat in range(beats):
        with process.acting.tenant(tenant):
            awake = tick.handle(tenant, world, f"tick:{run}:{turn}:{beat}")
        if not awake or process.budget.is_spent():
            break
        process.count(tenant, "Beats", 1)
        if beat + 1 < beats:
            due = begun + round((beat + 1) * 1_000_000 / hz)
            sleep(max(0.0, (due - process.clock.now_us()) / 1_000_000))
    return {**event, "turn": turn + 1, "awake": awake}


lambda_handler = function("tick", wire, respond)
