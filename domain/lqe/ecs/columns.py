"""One component type kept as numeric arrays, rows in id order."""

from collections.abc import Callable
from math import isfinite
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from lqe.errors import NoSuchEntity, NotFinite, StateError

from .component import AnyComponent, column_types, component_name
from .finite import plain_float

Array = NDArray[Any]


class ColumnStore:
    """Rows of one column component: an array a field, all in the order of `ids`.

    A store of floats alone keeps them in one block, a field a column, so that physics can fill it
    in one assignment. `refresh` is called before the first read after `stale` was set; `written`
    says that rows may have changed.
    """

    __slots__ = (
        "_fields",
        "_row_of",
        "_to_read",
        "_to_write",
        "block",
        "fields",
        "ids",
        "kind",
        "name",
        "refresh",
        "stale",
        "version",
        "written",
    )

    def __init__(self, kind: type[AnyComponent]) -> None:
        types = column_types(kind)
        if types is None:
            raise TypeError(f"{kind.__name__} is no column type")
        self.kind = kind
        self.name = component_name(kind)
        self.version = 0
        self.ids: Array = np.empty(0, np.int64)
        self.stale = False
        self.written = False
        self.refresh: Callable[[], None] | None = None
        self._fields = types
        self._row_of: dict[int, int] | None = {}
        self._allocate(0)

    def _allocate(self, rows: int) -> None:
        self._to_read: Bulk | None = None
        self._to_write: Bulk | None = None
        self.block: Array | None = None
        if all(t == "<f8" for _, t in self._fields):
            self.block = np.zeros((rows, len(self._fields)))
            self.fields = {n: self.block[:, i] for i, (n, _) in enumerate(self._fields)}
        else:
            self.fields = {n: np.zeros(rows, t) for n, t in self._fields}

    def fresh(self) -> None:
        """Make sure that the arrays hold what the last step made of them."""
        if self.stale and self.refresh is not None:
            self.refresh()
            self.stale = False

    def writing(self) -> None:
        """Note that rows are about to change."""
        self.fresh()
        self.written = True

    def to_read(self) -> "Bulk":
        """Return the arrays as they are now, for reading."""
        if self.stale:
            self.fresh()
        if self._to_read is None:
            views = {"ids": self.ids} | {n: v.view() for n, v in self.fields.items()}
            for view in views.values():
                view.flags.writeable = False
            self._to_read = Bulk(views)
        return self._to_read

    def to_write(self) -> "Bulk":
        """Return the arrays, and note that they are about to change."""
        self.writing()
        if self._to_write is None:
            self._to_write = Bulk({"ids": self.ids, **self.fields})
        return self._to_write

    def lines_up_with(self, other: "ColumnStore") -> bool:
        """Say whether both stores have the same entities; if so they share the array of ids."""
        if self.ids is other.ids:
            return True
        if len(self.ids) != len(other.ids) or not (self.ids == other.ids).all():
            return False
        self.ids = other.ids
        self._to_read = self._to_write = None
        return True

    def places(self) -> dict[int, int]:
        """Return the row of each entity, in id order."""
        if self._row_of is None:
            self._row_of = dict(zip(self.ids.tolist(), range(len(self.ids)), strict=True))
        return self._row_of

    def row(self, entity: int) -> int:
        """Return the entity's row; raise NoSuchEntity."""
        try:
            return self.places()[entity]
        except KeyError:
            raise NoSuchEntity(f"entity {entity} has no {self.name}") from None

    def __contains__(self, entity: int) -> bool:
        return entity in self.places()

    def get(self, entity: int) -> Any:
        """Return a copy of the entity's row."""
        row = self.row(entity)
        if self.stale:
            self.fresh()
        if self.block is not None:
            return self.kind(*self.block[row].tolist())
        return self.kind(*[values.item(row) for values in self.fields.values()])

    def values(self) -> dict[int, list[float]]:
        """Return the rows of a store of floats, as lists by entity."""
        assert self.block is not None, f"{self.name} has other fields than floats"
        self.fresh()
        return dict(zip(self.ids.tolist(), self.block.tolist(), strict=True))

    def write(self, entity: int, value: Any) -> None:
        """Write an admitted row over the entity's."""
        row = self.row(entity)
        self.writing()
        for name, values in self.fields.items():
            values[row] = getattr(value, name)

    def admit(self, value: Any, where: str = "") -> Any:
        """Return `value` with every field of its declared type and finite."""
        where = where or self.name
        return self.kind(
            *[_CAST[kind](getattr(value, name), where, name) for name, kind in self._fields]
        )

    def change(self, put: dict[int, Any], remove: list[int]) -> None:
        """Add or replace admitted rows and remove others, keeping id order, in one pass."""
        self.fresh()
        kept = [e for e in remove if e in self]
        fresh = {e: v for e, v in put.items() if e not in self}
        if kept or fresh:
            self._reshape(sorted(fresh), kept)
        for entity, value in put.items():
            row = self.row(entity)
            for name, values in self.fields.items():
                values[row] = getattr(value, name)
        self.version += 1

    def _reshape(self, add: list[int], remove: list[int]) -> None:
        keep = np.ones(len(self.ids), bool)
        keep[[self.row(e) for e in remove]] = False
        stay, block, fields = self.ids[keep], self.block, self.fields
        self.ids = np.concatenate([stay, np.array(add, np.int64)])
        self.ids.sort()
        self.ids.flags.writeable = False
        self._row_of = None
        self._allocate(len(self.ids))
        places = np.searchsorted(self.ids, stay)
        if self.block is not None and block is not None:
            self.block[places] = block[keep]
            return
        for name, values in self.fields.items():
            values[places] = fields[name][keep]

    def dump(self) -> dict[str, bytes]:
        """Return ids and fields as little-endian bytes, finite and without -0.0."""
        self.check()
        parts = {"": self.ids.astype("<i8").tobytes()}
        for name, kind in self._fields:
            values = self.fields[name]
            if kind == "<f8":
                values += 0.0
            parts[name] = values.astype(kind).tobytes()
        return parts

    def _check(self, name: str, values: Array) -> None:
        wrong = np.flatnonzero(~np.isfinite(values))
        if len(wrong):
            row = int(wrong[0])
            raise NotFinite(
                f"{self.name}.{name} of entity {int(self.ids[row])} is {values[row]}; "
                "only finite numbers enter the state"
            )

    def check(self) -> None:
        """Refuse NaN and infinity in any row."""
        self.fresh()
        if self.block is not None and np.isfinite(self.block).all():
            return
        for name, kind in self._fields:
            if kind == "<f8":
                self._check(name, self.fields[name])

    def load(self, parts: dict[str, bytes]) -> None:
        """Take over what `dump` returned."""
        self.ids = np.frombuffer(parts[""], "<i8").astype(np.int64)
        self._row_of = None
        self._allocate(len(self.ids))
        for name, kind in self._fields:
            values = np.frombuffer(parts[name], kind)
            if len(values) != len(self.ids):
                raise StateError(
                    f"{self.name}.{name} has {len(values)} rows for {len(self.ids)} entities"
                )
            self.fields[name][:] = values
        self.stale = self.written = False
        self.check()
        self.version += 1


def _float(value: Any, where: str, name: str) -> float:
    if type(value) is not float:
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, _NUMBERS):
            raise TypeError(f"{where}.{name} must be a number, got {value!r}")
        value = float(value)
    return value + 0.0 if isfinite(value) else plain_float(value, f"{where}.{name}")


def _int(value: Any, where: str, name: str) -> int:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{where}.{name} must be a whole number, got {value!r}")
    if not -(1 << 63) <= value < 1 << 63:
        raise StateError(f"{where}.{name} must fit 64 bits, got {value}")
    return int(value)


def _bool(value: Any, where: str, name: str) -> bool:
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{where}.{name} must be true or false, got {value!r}")
    return bool(value)


_NUMBERS = (float, int, np.floating, np.integer)
_CAST: Final = MappingProxyType({"<f8": _float, "<i8": _int, "|b1": _bool})


class Bulk:
    """The fields of one column component as arrays, a row an entity: ``pos.x += vel.dx * dt``."""

    def __init__(self, arrays: dict[str, Array]) -> None:
        self.__dict__.update(arrays)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Array:
            """Return the array of a field."""

    def __setattr__(self, name: str, values: Any) -> None:
        array = getattr(self, name)
        if values is not array:
            array[:] = values
