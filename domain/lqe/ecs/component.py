"""What a component is: a typed value under a name, kept as an object or as a row of columns."""

import re
from types import MappingProxyType
from typing import Any, ClassVar, Final

import msgspec
from msgspec import inspect

from lqe.errors import ScenarioError

from .shapes import within

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SCALARS: Final = MappingProxyType(
    {inspect.FloatType: "<f8", inspect.IntType: "<i8", inspect.BoolType: "|b1"}
)


class AnyComponent:
    """What all components have in common: they may be `hot`.

    Hot components are also written to the table of hot entities at keyframes.
    """

    __slots__ = ()
    hot: ClassVar[bool] = False


class Component(AnyComponent, msgspec.Struct, forbid_unknown_fields=True):
    """A value that entities may carry; kept as an object, changed in place by systems.

    Fields are numbers, text, bytes, lists, tuples, dictionaries or structs of those. Sets are
    refused: their order varies from process to process.
    """


class Fixed(AnyComponent, msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A component kept as an object that is replaced as a whole, never changed in place."""


class Column(AnyComponent, msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of numbers; kept in numeric arrays. Reading gives a copy, writing needs a new row."""


class Position(Column, frozen=True):
    """Where an entity is, in the world's own units."""

    hot: ClassVar[bool] = True
    x: float = 0.0
    y: float = 0.0


class Velocity(Column, frozen=True):
    """How an entity moves, in units a second."""

    hot: ClassVar[bool] = True
    dx: float = 0.0
    dy: float = 0.0


def component_name(kind: type) -> str:
    """Return the name that a component type has in the state: its class name in snake case."""
    return _WORD.sub("_", kind.__name__).lower()


def column_types(kind: type[AnyComponent]) -> tuple[tuple[str, str], ...] | None:
    """Return (field, numpy type) of a column type's fields, or None for an object type."""
    if not issubclass(kind, Column):
        return None
    info = inspect.type_info(kind)
    fields: list[tuple[str, str]] = []
    for field in getattr(info, "fields", ()):
        scalar = _SCALARS.get(type(field.type))
        if scalar is None:
            raise ScenarioError(
                f"column {kind.__name__}.{field.name} must be float, int or bool; "
                f"make {kind.__name__} a Component to hold anything else"
            )
        fields.append((field.name, scalar))
    return tuple(fields)


def check_component(kind: type[AnyComponent]) -> None:
    """Refuse a component type whose values could differ from process to process."""
    column_types(kind)
    for info, where in within(inspect.type_info(kind), kind.__name__):
        unfit = _unfit(info)
        if unfit:
            raise ScenarioError(f"{where} {unfit}")


def _is_text(info: Any) -> bool:
    if isinstance(info, inspect.LiteralType):
        return all(isinstance(value, str) for value in info.values)
    return isinstance(info, inspect.StrType)


def _unfit(info: Any) -> str:
    """Say why values of a type could differ from process to process; empty if they cannot."""
    if isinstance(info, (inspect.SetType, inspect.FrozenSetType)):
        return (
            "holds a set, whose order varies from process to process; use a list, a tuple or a dict"
        )
    if isinstance(info, inspect.RawType):
        return "is msgspec.Raw, whose bytes nobody checks; use the type of the value, or bytes"
    if isinstance(info, inspect.DictType) and not _is_text(info.key_type):
        return "is a dict whose keys are not str: use str keys, or a list"
    return ""
