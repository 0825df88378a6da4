"""One component type kept as objects, by entity id, always iterated in id order."""

from typing import Any

import msgspec

from .component import AnyComponent, Component, component_name
from .finite import finite_check
from .shapes import equal_is_same, is_made_by_code
from .unchanging import changeable_part


class ObjectStore:
    """Rows of one object component. Every value passes `admit` before it is stored."""

    __slots__ = (
        "_changes",
        "_check",
        "_decode",
        "_decode_all",
        "_encode",
        "_equal_is_same",
        "_made_by_code",
        "_sorted",
        "_unsettled",
        "kind",
        "name",
        "rows",
        "version",
    )

    def __init__(self, kind: type[AnyComponent]) -> None:
        self.kind = kind
        self.name = component_name(kind)
        self.version = 0
        self.rows: dict[int, Any] = {}
        self._sorted = True
        self._check = finite_check(kind)
        self._encode = msgspec.msgpack.Encoder(order="deterministic").encode
        self._decode = msgspec.msgpack.Decoder(kind).decode
        self._decode_all = msgspec.msgpack.Decoder(list[kind]).decode  # type: ignore[valid-type]
        self._changes = changeable_part(kind) is not None
        self._equal_is_same = equal_is_same(kind)
        self._made_by_code = is_made_by_code(kind)
        self._unsettled: dict[int, None] = {}
        _assign_plainly(kind)

    def admit(self, value: Any, where: str = "") -> Any:
        """Return an own copy of `value`, of the declared types, floats finite.

        Raises msgspec.ValidationError for a value of another type, NotFinite for NaN.
        """
        copy = self._decode(self._encode(value))
        return self._check(copy, where or self.name) if self._check else copy

    def put(self, entity: int, value: Any) -> None:
        """Store an admitted value."""
        rows = self.rows
        if entity not in rows and rows and entity < next(reversed(rows)):
            self._sorted = False
        rows[entity] = value
        self._unsettled[entity] = None
        self.version += 1

    def differs(self, entity: int, value: Any) -> bool:
        """Say whether a value is another than the entity's, also where they are equal to Python."""
        own = self.rows[entity]
        if value != own:
            return True
        return not self._equal_is_same and bool(self._encode(value) != self._encode(own))

    def remove(self, entity: int) -> None:
        """Forget the entity's value, if it has one."""
        if self.rows.pop(entity, None) is not None:
            self.version += 1

    def items(self) -> dict[int, Any]:
        """Return the rows in id order."""
        if not self._sorted:
            self.rows = dict(sorted(self.rows.items()))
            self._sorted = True
        return self.rows

    def dump(self) -> list[Any]:
        """Return [[id, value], …] in id order, each value checked and of its declared type.

        The values in the store become the checked ones, so that a run that goes on and a run
        that starts from these bytes hold the same.
        """
        rows = self.items()
        # Values that cannot be changed in place are still as they were at the keyframe before.
        every = self._changes or self._made_by_code
        doubtful = rows if every else sorted(e for e in self._unsettled if e in rows)
        written = self._admit_all({e: rows[e] for e in doubtful})
        rows.update(written)
        self._unsettled.clear()
        self.version += 1
        dumped = [[entity, value] for entity, value in rows.items()]
        if self._made_by_code:
            # What comes back from the bytes is made once more: the run that goes on has the same.
            rows.update(self._admit_all(written))
        return dumped

    def _admit_all(self, rows: dict[int, Any]) -> dict[int, Any]:
        """Return what `admit` makes of each row, in one go unless one of them is refused."""
        try:
            copies = self._decode_all(self._encode(list(rows.values())))
            if self._check:
                copies = [self._check(copy, self.name) for copy in copies]
        except Exception:  # noqa: BLE001 - one at a time, the first that is wrong is named
            return {e: self.admit(v, f"{self.name} of entity {e}") for e, v in rows.items()}
        return dict(zip(rows, copies, strict=True))

    def load(self, rows: list[Any]) -> None:
        """Take over what `dump` returned, decoded from bytes."""
        decode, encode, check = self._decode, self._encode, self._check
        for entity, value in sorted(rows, key=_by_entity):
            decoded = decode(encode(value))
            self.rows[entity] = check(decoded, self.name) if check else decoded
        self.version += 1


def _by_entity(row: list[Any]) -> int:
    entity: int = row[0]
    return entity


def _assign_plainly(kind: type[AnyComponent]) -> None:
    """Let a mutable struct's fields be assigned as those of any class with slots.

    msgspec's own assignment looks at the garbage collector's books each time, which costs a
    movement system half its speed. Without it a component that is given a list later on is not
    searched for cycles, and components are trees.
    """
    if issubclass(kind, Component):
        type.__setattr__(kind, "__setattr__", object.__setattr__)
        type.__setattr__(kind, "__delattr__", object.__delattr__)
