"""Floats in the state are finite, and zero has no sign: a check compiled once per type."""

from collections.abc import Callable
from typing import Any

from msgspec import inspect, structs

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
    return _compile(inspect.type_info(kind))


def _compile(info: Any) -> Check | None:  # noqa: PLR0911 - one case a kind of type
    if isinstance(info, inspect.FloatType):
        return plain_float
    if isinstance(info, (inspect.AnyType, inspect.RawType)):
        return _anything
    if isinstance(info, inspect.UnionType):
        return _anything if any(_compile(t) for t in info.types) else None
    if isinstance(info, inspect.StructType):
        return _struct(info)
    if isinstance(info, inspect.DictType):
        return _anything if _compile(info.value_type) or _compile(info.key_type) else None
    if isinstance(info, (inspect.ListType, inspect.VarTupleType)):
        return _anything if _compile(info.item_type) else None
    if isinstance(info, inspect.TupleType):
        return _anything if any(_compile(t) for t in info.item_types) else None
    return None


def _struct(info: Any) -> Check | None:
    checks = [(f.name, c) for f in info.fields if (c := _compile(f.type))]
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


def _anything(value: Any, where: str) -> Any:
    if isinstance(value, float):
        return plain_float(value, where)
    if isinstance(value, list):
        return [_anything(v, where) for v in value]
    if isinstance(value, tuple):
        return tuple(_anything(v, where) for v in value)
    if isinstance(value, dict):
        return {_anything(k, where): _anything(v, where) for k, v in value.items()}
    if hasattr(type(value), "__struct_fields__"):
        inner = finite_check(type(value))
        return inner(value, where) if inner else value
    return value
