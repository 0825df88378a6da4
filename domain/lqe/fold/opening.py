"""Which worlds this engine can fold at all."""

from lqe.errors import Quarantine
from lqe.events import WorldOpened
from lqe.version import OLDEST_RULES, RULES_VERSION

_MOST_SEED = 64


def check_opening(event: WorldOpened) -> None:
    """Raise Quarantine for a world of other rules, or one whose clock cannot run."""
    if not OLDEST_RULES <= event.rules <= RULES_VERSION:
        raise Quarantine(
            f"this engine folds rules versions {OLDEST_RULES} to {RULES_VERSION}, "
            f"the world has {event.rules}: "
            "use the engine release that the log names"
        )
    clock_runs = event.tick_us >= 1 and event.keyframe_interval >= 1
    if not clock_runs or not 0 < len(event.seed) <= _MOST_SEED:
        raise Quarantine(
            "a world needs a tick of 1 µs or more, a keyframe interval of 1 tick or more, and "
            f"a seed of 1 to {_MOST_SEED} bytes"
        )
