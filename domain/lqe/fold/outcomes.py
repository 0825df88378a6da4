"""What the fold decided: outcomes of commands and joins, with a code for each refusal."""

from enum import StrEnum

import msgspec


class Code(StrEnum):
    """Why the engine refused a recorded command. Scenarios add codes of their own."""

    UNKNOWN_SESSION = "unknown_session"
    DUPLICATE = "duplicate"
    STALE = "stale"
    LATE = "late"
    NOT_STARTED = "not_started"
    WORLD_FAULTED = "world_faulted"
    WORLD_CLOSED = "world_closed"
    WORLD_FULL = "world_full"
    UNKNOWN_COMMAND = "unknown_command"
    BAD_ARGUMENTS = "bad_arguments"
    OUT_OF_TURN = "out_of_turn"
    OVER_LIMIT = "over_limit"
    FAULTED = "faulted"
    PASSED_OVER = "passed_over"


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one recorded event of a player: applied, or refused by `code` and `reason`.

    `seq` is None for a join. `original` is the position of the command that a duplicate repeats.
    """

    position: int
    tick: int
    player: str
    session: str
    seq: int | None = None
    code: str | None = None
    reason: str | None = None
    original: int | None = None

    @property
    def applied(self) -> bool:
        """Whether the command took effect."""
        return self.code is None
