"""What of a scenario runs where messages are taken in for every world: types, and no code.

A command's arguments are read there by its type. Code in that type (`__post_init__`, a function for
a default) would run beside all tenants, where nothing can end it without ending the others.
"""

from collections.abc import Iterator
from typing import Any, Final

from msgspec import NODEFAULT, inspect

from .scenario import Scenario

_FACTORIES: Final = (NODEFAULT, list, dict, set, frozenset, tuple, bytearray)
_WITH_CODE: Final = (inspect.StructType, inspect.DataclassType)
_PARTS: Final = ("item_type", "key_type", "value_type", "type")
_LISTS: Final = ("item_types", "types")


def code_at_the_edge(scenario: Scenario) -> Iterator[str]:
    """Say which commands bring code of their own to where they are read."""
    for name, kind in scenario.commands.items():
        for what in _code_in(inspect.type_info(kind.type), set()):
            yield (
                f"command {name}: {what} would run where the messages of all worlds are taken in; "
                "check it in the command's function instead, and raise Refused there"
            )


def _code_in(info: Any, seen: set[Any]) -> Iterator[str]:
    """Yield the functions that reading a value of a type calls, in it and in its parts."""
    kind: Any = getattr(info, "cls", None)
    if kind is not None:
        if kind in seen:
            return
        seen.add(kind)
        yield from (f"{kind.__name__}.{name}" for name in _functions_of(info, kind))
    for field in getattr(info, "fields", ()):
        if field.default_factory not in _FACTORIES:
            yield f"the function for the default of {kind.__name__}.{field.name}"
        yield from _code_in(field.type, seen)
    for part in _PARTS:
        if hasattr(info, part):
            yield from _code_in(getattr(info, part), seen)
    for part in _LISTS:
        for inner in getattr(info, part, ()):
            yield from _code_in(inner, seen)


def _functions_of(info: inspect.Type, kind: Any) -> Iterator[str]:
    if isinstance(info, _WITH_CODE) and hasattr(kind, "__post_init__"):
        yield "__post_init__"
    if isinstance(info, inspect.EnumType) and kind._missing_.__func__.__module__ != "enum":
        yield "_missing_"
    if isinstance(info, inspect.NamedTupleType):
        above = (c for c in kind.__mro__ if "_fields" not in vars(c) and c not in (tuple, object))
        if any("__new__" in vars(c) for c in above):
            yield "__new__"
