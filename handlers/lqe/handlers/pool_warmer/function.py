"""The `pool_warmer` function: functions started ahead, by signals on EventBridge."""

from lqe.adapters.functions import FunctionPool
from lqe.handlers.entry import function
from lqe.handlers.observing import respond
from lqe.handlers.pool_warmer.handler import PoolWarmer
from lqe.handlers.process import Process
from lqe.handlers.warming import WarmUp

__all__ = ["lambda_handler", "respond", "wire"]


def wire(process: Process) -> PoolWarmer:
    """Return the handler over the process's adapters."""
    settings = process.settings
    pool = FunctionPool(
        process.client("lambda"),
        each_player=settings.need("submit"),
        once=(settings.need("ticker"), settings.need("tick")),
        event=lambda tenant, world: WarmUp(tenant, world).encode(),
    )
    return PoolWarmer(pool, process.clock)


lambda_handler = function("pool_warmer", wire, respond)
