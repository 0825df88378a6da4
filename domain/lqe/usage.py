"""What a world has used: a function of its log alone, so that whoever has the log can check it."""

from typing import Final

import msgspec

from .events import AnyEvent, CommandSubmitted, PlayerJoined

_KIB: Final = 1024
# What the engine owes an answer of its own: an outcome to a command, a view to who joins.
_ANSWERED: Final = (CommandSubmitted, PlayerJoined)


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Totals of the first `events` events of a log, whatever commits they were stored in.

    `ticks` of the world's clock; `bytes` of the events as they are stored; `write_units`, one for
    each started KiB of the events of one tick; `messages`, the answers that were owed. `at_us` is
    the time of the last event, `tick_bytes` what its tick has so far: more can be counted on.
    """

    events: int = 0
    commands: int = 0
    ticks: int = 0
    bytes: int = 0
    write_units: int = 0
    messages: int = 0
    at_us: int = 0
    tick_bytes: int = 0

    def after(self, event: AnyEvent, size: int) -> "Usage":
        """Return the totals with the log's next event, stored in `size` bytes."""
        before = self.tick_bytes if event.tick <= self.ticks else 0
        return Usage(
            events=self.events + 1,
            commands=self.commands + isinstance(event, CommandSubmitted),
            ticks=max(self.ticks, event.tick),
            bytes=self.bytes + size,
            write_units=self.write_units + _units(before + size) - _units(before),
            messages=self.messages + isinstance(event, _ANSWERED),
            at_us=max(self.at_us, event.at_us),
            tick_bytes=before + size,
        )

    def later(self, other: "Usage") -> "Usage":
        """Return which of two totals of one log is the later one."""
        return other if other.events > self.events else self


def _units(size: int) -> int:
    return -(-size // _KIB)
