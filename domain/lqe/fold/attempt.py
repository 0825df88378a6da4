"""Scenario code is run on a draft: all of what it did counts, or nothing."""

from collections.abc import Callable

from lqe.errors import LimitExceeded, Refused, Unfoldable
from lqe.world import Core, Draft, World

from .advance import SCENARIO_FAULTS, STATE, UNDECIDABLE, SystemFault
from .outcomes import Code


def attempt(core: Core, act: Callable[[World], None]) -> Refused | None:
    """Run scenario code on a draft; commit it, or say why nothing of it happened.

    Raises SystemFault when there is no state to commit it to: a system before spoiled a value.
    """
    draft = Draft(core)
    try:
        act(draft)
        draft.check()
    except Refused as refusal:
        draft.abandon()
        return refusal
    except LimitExceeded as error:
        draft.abandon()
        return Refused(Code.OVER_LIMIT, str(error))
    except UNDECIDABLE as error:
        raise Unfoldable(f"out of {type(error).__name__} in {core.doing}") from error
    except SCENARIO_FAULTS as error:
        draft.abandon()
        return Refused(Code.FAULTED, f"the scenario failed with {type(error).__name__}")
    try:
        draft.commit()
    except UNDECIDABLE as error:
        raise Unfoldable(f"out of {type(error).__name__} in {core.doing}") from error
    except SCENARIO_FAULTS as error:
        # What a system wrote before cannot be kept: it comes out when a change takes effect.
        raise SystemFault(core.tick, STATE, type(error).__name__) from error
    return None
