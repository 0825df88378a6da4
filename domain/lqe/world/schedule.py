"""What is to happen later: calls of a scenario's scheduled functions, in the order they are due."""

from typing import Any

import msgspec


class Due(msgspec.Struct, array_like=True, order=True):
    """A call: at which tick, its serial number, the function's name, and its plain data."""

    tick: int
    serial: int
    name: str = ""
    data: Any = None


class Schedule:
    """Calls waiting for their tick, sorted; those of one tick run in the order they were made."""

    def __init__(self) -> None:
        self.serial = 0
        self._waiting: list[Due] = []
        self.next_tick = _NEVER

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, tick: int, name: str, data: Any) -> None:
        """Let `name` be called with `data` at `tick`."""
        self.serial += 1
        due = Due(tick, self.serial, name, data)
        place = len(self._waiting)
        while place and self._waiting[place - 1].tick > tick:
            place -= 1
        self._waiting.insert(place, due)
        self.next_tick = self._waiting[0].tick

    def take(self, tick: int) -> list[Due]:
        """Remove and return the calls that are due by `tick`."""
        split = 0
        while split < len(self._waiting) and self._waiting[split].tick <= tick:
            split += 1
        due, self._waiting = self._waiting[:split], self._waiting[split:]
        self.next_tick = self._waiting[0].tick if self._waiting else _NEVER
        return due

    def dump(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {"serial": self.serial, "waiting": list(self._waiting)}

    def load(self, state: dict[str, Any]) -> None:
        """Take over what `dump` returned, decoded from bytes."""
        self.serial = state["serial"]
        self._waiting = msgspec.convert(state["waiting"], list[Due])
        self.next_tick = self._waiting[0].tick if self._waiting else _NEVER


_NEVER = 1 << 62
