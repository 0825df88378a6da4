"""The `tick` function: a minute of a world's time, at its scenario's cadence."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from lqe.handlers.entry import function
from lqe.handlers.process import Process
from lqe.handlers.tick.handler import Tick
from lqe.handlers.tick.turn import Turn
from lqe.names import check_tenant, check_world

_LONGEST_S = 60.0


def wire(process: Process) -> Turn:
    """Return the handler over the process's adapters."""
    tick = Tick(process.connections, process.intake, process.clock)
    return Turn(tick, process.runs, process.clock, process.budget)


def respond(
    process: Process,
    turn: Turn,
    event: Mapping[str, Any],
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    """Let time pass for `seconds`, a minute at most, in the run of `epoch`.

    The answer is the next turn's event; its `awake` says whether there is to be one, `turn` counts.
    """
    tenant, world = check_tenant(str(event["tenant"])), check_world(str(event["world"]))
    lasts_us = round(min(float(event.get("seconds", _LONGEST_S)), _LONGEST_S) * 1_000_000)
    with process.acting.tenant(tenant):
        awake = turn.handle(tenant, world, int(event["epoch"]), lasts_us=lasts_us, sleep=sleep)
    process.count(tenant, "Turns", 1)
    return {**event, "turn": int(event.get("turn", 0)) + 1, "awake": awake}


lambda_handler = function("tick", wire, respond)
