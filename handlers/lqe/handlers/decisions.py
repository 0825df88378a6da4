"""What somebody decides about an event that cannot be folded: which one, what of it, and why."""

from typing import Final

from lqe.codec import Codec
from lqe.errors import BadInput
from lqe.events import AnyEvent, ClockAdvanced, EventPassed, ScenarioUpgradedV1
from lqe.fold import decisions_in
from lqe.ports.cursors import Cursor
from lqe.ports.log import WorldLog
from lqe.stuck import Stuck

_LONGEST: Final = 500


def decide(
    log: WorldLog,
    cursor: Cursor,
    *,
    by: str,
    reason: str = "",
    position: int | None = None,
    halt: bool = False,
) -> EventPassed:
    """Return the decision to pass over the event at which a world is stuck, or that at `position`.

    The event alone where that is enough, unless the world is to `halt` before it. Raises BadInput
    if there is nothing to decide.
    """
    stuck = cursor.stuck
    if stuck is None and not cursor.quarantine:
        raise BadInput("the world does not stand still: there is nothing to pass over")
    if position is None:
        if stuck is None:
            raise BadInput(
                "at which event it stands still was not noted: `ledgerquest replay verify` says "
                "it; then name the event with --position"
            )
        position = _upgrade_before(log, stuck) if stuck.part == "upgrade" else stuck.position
        # Who died over an event cannot say over what of it; without it, it must be its ticks.
        halt = halt or stuck.part == "ticks" or _is_passed(log, position)
    event, before = _with_the_one_before(log, position)
    # Of an upgrade nothing has been told as long as it is not in force: a refold does without it.
    if position <= cursor.position and not isinstance(event, ScenarioUpgradedV1):
        raise BadInput(
            f"the effects of position {position} are out, up to {cursor.position}: what was told "
            "is not taken back"
        )
    return EventPassed(
        passed=position,
        part="ticks" if halt or isinstance(event, ClockAdvanced) else "event",
        since=before.tick,
        reason=(reason or cursor.quarantine or "it could not be folded")[:_LONGEST],
        by=by[:_LONGEST],
    )


def _with_the_one_before(log: WorldLog, position: int) -> tuple[AnyEvent, AnyEvent]:
    decode = Codec().decode
    found = [decode(r.data) for r in log.read(max(position - 1, 0), position + 1)]
    if position < 1 or len(found) < 2:  # noqa: PLR2004 - the event, and the one before it
        raise BadInput(
            f"a decision is about a recorded event behind `world opened`, got position {position}; "
            "a world that cannot be opened is given up: open another one"
        )
    return found[1], found[0]


def _is_passed(log: WorldLog, position: int) -> bool:
    """Say whether the event alone is passed over already."""
    passes = decisions_in(log.read(position + 1), Codec().decode)
    return position in passes and passes[position].event


def _upgrade_before(log: WorldLog, stuck: Stuck) -> int:
    """Return the position of the upgrade that was taking over."""
    found = -1
    for record in log.read(0, stuck.position + 1):
        if record.name.startswith("scenario.upgraded."):
            found = record.position
    return found
