"""What functions that fold have besides: warm worlds, their effects, and what clients are told."""

from lqe.adapters.dynamodb.hot import DynamoHotEntities
from lqe.adapters.dynamodb.log import DynamoLogs
from lqe.adapters.eventbridge import EventBridgeBus
from lqe.handlers.fold.effects import Effects
from lqe.handlers.fold.handler import FoldHandler
from lqe.handlers.process import Process
from lqe.handlers.tell import Tell
from lqe.handlers.worlds import Worlds
from lqe.ports.intake import Intake


def worlds_of(process: Process, profile: str, *, attests: bool = True) -> Worlds:
    """Return the warm worlds of a process; `profile` is its numeric profile."""
    return Worlds(
        DynamoLogs(process.table(process.settings.events)),
        process.objects,
        process.cursors,
        process.code_of,
        profile,
        process.budget,
        attests=attests,
    )


def tell_of(process: Process) -> Tell:
    """Return what tells the clients of a process's worlds."""
    return Tell(process.connections, process.push, process.clock, process.budget, process.report)


def fold_of(process: Process, worlds: Worlds, intake: Intake) -> FoldHandler:
    """Return the fold over a process's adapters; it attests keyframes to `intake`."""
    effects = Effects(
        worlds.objects,
        process.cursors,
        intake,
        EventBridgeBus(process.client("events"), process.settings.bus),
        hot_of(process),
    )
    tell = tell_of(process)
    return FoldHandler(worlds, effects, tell, process.report, ended=tell.farewell)


def hot_of(process: Process) -> DynamoHotEntities:
    """Return the table of hot entities."""
    return DynamoHotEntities(process.table(process.settings.entities))
