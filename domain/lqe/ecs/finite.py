"""Floats in the state are finite, and zero has no sign: a check compiled once per type."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct, inspect, structs

from lqe.errors import NotFinite

_MOST = 1.7976931348623157e308
Check = Callable[[Any, str], Any]


def plain_float(value: float, where: str) -> float:
    """Return `value` with -0.0 made 0.0; refuse NaN and infinity."""
    if not -_MOST <= value <= _MOST:
        raise NotFinite(f"{where} is {value}; only finite numbers enter the state")
    return value + 0.0


def finite_check(kind: type) -> Check | None:
    """Return what makes a value of `kind` plain (floats finite, no -0.0), or None if nothing."""
    return _compile(inspect.type_info(kind), ())


def _compile(info: Any, within: tuple[type, ...]) -> Check | None:
    """Return the check of a type; `within` are the structs that it is part of."""
    if isinstance(info, inspect.FloatType):
        return plain_float
    if isinstance(info, inspect.StructType):
        return plain_values if info.cls in within else _struct(info, (*within, info.cls))
    if isinstance(info, (inspect.AnyType, inspect.RawType)):
        return plain_values
    if isinstance(info, inspect.ListType):
        return _list(_compile(info.item_type, within))
    if isinstance(info, inspect.DictType) and not _compile(info.key_type, within):
        return _dict(_compile(info.value_type, within))
    inner = [getattr(info, name, None) for name in ("item_type", "key_type", "value_type")]
    inner += [*getattr(info, "types", ()), *getattr(info, "item_types", ())]
    found = any(_compile(part, within) for part in inner if part is not None)
    return plain_values if found else None


def _struct(info: Any, within: tuple[type, ...]) -> Check | None:
    checks = [(f.name, c) for f in info.fields if (c := _compile(f.type, within))]
    if not checks:
        return None
    frozen = bool(info.cls.__struct_config__.frozen)

    def check(value: Any, where: str) -> Any:
        changed: dict[str, Any] = {}
        for name, inner in checks:
            old = getattr(value, name)
            new = inner(old, f"{where}.{name}")
            if frozen:
                changed[name] = new
            else:
                setattr(value, name, new)
        return structs.replace(value, **changed) if changed else value

    return check


def _list(item: Check | None) -> Check | None:
    return None if item is None else lambda value, where: [item(v, where) for v in value]


def _dict(item: Check | None) -> Check | None:
    if item is None:
        return None
    return lambda value, where: {k: item(v, where) for k, v in value.items()}


def plain_values(value: Any, where: str) -> Any:
    """Return a value of any type with its floats plain, however deep they are."""
    if isinstance(value, float):
        return plain_float(value, where)
    if isinstance(value, list):
        return [plain_values(v, where) for v in value]
    if isinstance(value, tuple):
        return tuple(plain_values(v, where) for v in value)
    if isinstance(value, dict):
        return {plain_values(k, where): plain_values(v, where) for k, v in value.items()}
    if isinstance(value, Struct):
        inner = {
            n: plain_values(getattr(value, n), f"{where}.{n}") for n in value.__struct_fields__
        }
        return structs.replace(value, **inner)
    return value
