"""Where a scenario's own code failed: what a replay need not know, and its author must."""

import traceback
from collections.abc import Sequence

from lqe.events import AnyEvent, CommandSubmitted, PlayerJoined, PlayerLeft
from lqe.fold import Code, Fold
from lqe.fold.advance import SCENARIO_FAULTS, SystemFault, advance
from lqe.scenario.schemas import decode_args
from lqe.world import Draft

_ENGINE = "lqe."


def why_it_failed(code: Code, events: Sequence[AnyEvent]) -> str:
    """Return the traceback of what the last of these events made the scenario raise.

    The fold keeps only an error's name, which is all that a log may hold. The events before are
    folded again, and what failed is called once more.
    """
    *before, last = events
    fold = Fold(code)
    for position, event in enumerate(before):
        fold.fold(position, event)
    try:
        advance(fold.core, fold.scenario, last.tick, None)
        _call(fold, last)
    except SystemFault as fault:
        return _told(fault.__cause__ or fault)
    except SCENARIO_FAULTS as error:
        return _told(error)
    return ""


def _call(fold: Fold, event: AnyEvent) -> None:
    scenario, draft = fold.scenario, Draft(fold.core)
    if isinstance(event, CommandSubmitted):
        kind = scenario.commands[event.name]
        kind.handler(draft, event.player, decode_args(kind, event.args))
        draft.check()
    elif isinstance(event, PlayerJoined) and scenario.on_join is not None:
        scenario.on_join(draft, event.player)
        draft.check()
    elif isinstance(event, PlayerLeft) and scenario.on_leave is not None:
        scenario.on_leave(draft, event.player)
        draft.check()


def _told(error: BaseException) -> str:
    """Return the traceback, from where the scenario's code begins."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        if not str(trace.tb_frame.f_globals.get("__name__", "")).startswith(_ENGINE):
            break
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace)).rstrip()
