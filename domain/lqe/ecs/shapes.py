"""What the types in a value's type say of it: found once a type, not once a value."""

from collections.abc import Iterator
from typing import Any

from msgspec import inspect

# The attributes in which msgspec says what a type is made of.
_PARTS = ("item_type", "key_type", "value_type")
_MANY = ("item_types", "types")
_OWN = "lqe."
_NUMBERS = (inspect.IntType, inspect.FloatType, inspect.BoolType)


def within(info: Any, where: str = "") -> Iterator[tuple[Any, str]]:
    """Yield a type and all that it is made of, structs once, each with the field that it is of."""
    return _within(info, where, set())


def _within(info: Any, where: str, seen: set[type]) -> Iterator[tuple[Any, str]]:
    yield info, where
    if isinstance(info, inspect.StructType):
        if info.cls in seen:
            return
        seen.add(info.cls)
        inner = [(field.type, f"{where}.{field.name}") for field in info.fields]
    else:
        inner = [(getattr(info, name), where) for name in _PARTS if hasattr(info, name)]
        inner += [(one, where) for name in _MANY for one in getattr(info, name, ())]
    for part in inner:
        yield from _within(*part, seen)


def equal_is_same(kind: type) -> bool:
    """Say whether values of a type that are equal have the same bytes.

    Python holds 1, 1.0 and True for equal: not so where a type admits more than one of them.
    """
    return not any(_admits_lookalikes(info) for info, _ in within(inspect.type_info(kind)))


def is_made_by_code(kind: type) -> bool:
    """Say whether a scenario's `__post_init__` has a part in what comes back from bytes.

    Those of the engine's own types refuse what they are given, or leave it as it is.
    """
    structs = (getattr(info, "cls", None) for info, _ in within(inspect.type_info(kind)))
    return any(
        hasattr(struct, "__post_init__") and not struct.__module__.startswith(_OWN)
        for struct in structs
    )


def _admits_lookalikes(info: Any) -> bool:
    if isinstance(info, inspect.AnyType):
        return True
    if isinstance(info, inspect.UnionType):
        return sum(isinstance(one, _NUMBERS) for one in info.types) > 1
    if isinstance(info, inspect.LiteralType):
        return len({type(value) for value in info.values} & {int, bool}) > 1
    return False
