"""The `ticker` function: lets time begin by signals, and lets a run follow on one that ends."""

import json
from collections.abc import Mapping
from typing import Any

from lqe.handlers.entry import function
from lqe.handlers.observing import respond as observe
from lqe.handlers.process import Process
from lqe.handlers.ticker.handler import Ticker
from lqe.names import check_tenant, check_world

_STATES = "aws.states"


def wire(process: Process) -> Ticker:
    """Return the handler over the process's adapters."""
    return Ticker(process.orchestrator)


def respond(process: Process, ticker: Ticker, event: Mapping[str, Any]) -> None:
    """Take in a signal, or the run that another one is to follow on.

    Such a run is either named by its own execution, which is as long as one may be, or by what
    Step Functions says of an execution that somebody ended.
    """
    if event.get("source") == _STATES:
        _succeed(process, json.loads(event["detail"]["input"]))
    elif "epoch" in event:
        _succeed(process, event)
    else:
        observe(process, ticker, event)


def _succeed(process: Process, run: Mapping[str, Any]) -> None:
    tenant, world = check_tenant(str(run["tenant"])), check_world(str(run["world"]))
    with process.acting.tenant(tenant):
        process.orchestrator.succeed(tenant, world, int(run["epoch"]))


lambda_handler = function("ticker", wire, respond)
