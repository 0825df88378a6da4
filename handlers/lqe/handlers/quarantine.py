"""Worlds that stand still: which, why, and how they go on after the repair."""

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec.structs import replace

from lqe.errors import BadInput
from lqe.events import ClockAdvanced
from lqe.ports.cursors import Cursors
from lqe.ports.intake import Intake, Message
from lqe.stuck import Stuck

_LONGEST_REASON: Final = 2_000


class Standing(msgspec.Struct, frozen=True):
    """A world in quarantine: how far its effects are out, why it goes no further, and where."""

    tenant: str
    world: str
    position: int
    tick: int
    reason: str
    stuck: Stuck | None = None


class Quarantines:
    """Looks at worlds in quarantine and releases them."""

    def __init__(self, cursors: Cursors) -> None:
        self._cursors = cursors

    def standing(self, tenant: str, worlds: Iterable[str]) -> list[Standing]:
        """Return those of the worlds that stand still."""
        cursors = self._cursors.tenant(tenant)
        found = ((world, cursors.get(world)) for world in worlds)
        return [
            Standing(tenant, world, cursor.position, cursor.tick, cursor.quarantine, cursor.stuck)
            for world, cursor in found
            if cursor.quarantine
        ]

    def put(self, tenant: str, world: str, reason: str) -> bool:
        """Let a world stand still till somebody releases it; say False if it stands still already.

        Whoever folds it notices when it next lets effects out.
        """
        if not reason.strip():
            raise BadInput("say why the world is to stand still: whoever finds it will ask")
        cursors = self._cursors.tenant(tenant)
        while True:
            cursor = cursors.get(world)
            if cursor.quarantine:
                return False
            stopped = replace(cursor, quarantine=reason[:_LONGEST_REASON], stopped_by="operator")
            if cursors.move(world, cursor, stopped):
                return True

    def release(self, tenant: str, world: str) -> Standing | None:
        """Let a world be folded again; return how it stood, None if it did not.

        What was recorded meanwhile is folded with the next thing that is recorded: `ring` does it.
        """
        cursors = self._cursors.tenant(tenant)
        while True:
            cursor = cursors.get(world)
            if not cursor.quarantine:
                return None
            if cursors.move(world, cursor, cursor.released()):
                return Standing(
                    tenant, world, cursor.position, cursor.tick, cursor.quarantine, cursor.stuck
                )


def ring(intake: Intake, tenant: str, world: str, message_id: str) -> None:
    """Record that time passed, so that the fold takes a world up again."""
    message = Message(id=message_id, tenant=tenant, world=world, events=(ClockAdvanced(),))
    intake.send([message])
