"""What a world has used: totals that only grow, so that of several the largest is the latest."""

from collections.abc import Iterable
from typing import Any

import msgspec

from lqe.codec import Codec
from lqe.errors import BadInput
from lqe.events import CommandSubmitted
from lqe.ports.log import Record

_COMMAND = str(CommandSubmitted.__struct_config__.tag)


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Totals of one world: events and commands in its log, ticks of its clock."""

    events: int = 0
    commands: int = 0
    ticks: int = 0

    def merged(self, other: "Usage") -> "Usage":
        """Return the larger of each total."""
        return Usage(
            events=max(self.events, other.events),
            commands=max(self.commands, other.commands),
            ticks=max(self.ticks, other.ticks),
        )


def usage_in(data: dict[str, Any]) -> Usage:
    """Return the totals in a usage signal; raise BadInput."""
    try:
        return msgspec.convert(data, Usage)
    except msgspec.ValidationError as error:
        raise BadInput(f"expected the totals of a usage signal: {error}") from None


def usage_of(records: Iterable[Record]) -> Usage:
    """Return the totals of a whole log, from position 0 on: what a statement is made from."""
    codec = Codec()
    events = commands = 0
    last: Record | None = None
    for record in records:
        events += 1
        commands += record.name == _COMMAND
        last = record
    ticks = codec.decode(last.data).tick if last else 0
    return Usage(events=events, commands=commands, ticks=ticks)
