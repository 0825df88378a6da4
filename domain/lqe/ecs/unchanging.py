"""Which types have values that nobody can change in place."""

from typing import Any

from msgspec import inspect

_PLAIN = (
    inspect.FloatType,
    inspect.IntType,
    inspect.BoolType,
    inspect.StrType,
    inspect.BytesType,
    inspect.NoneType,
    inspect.LiteralType,
)


def changeable_part(kind: type) -> str | None:
    """Return what of a value of `kind` can be changed in place, or None if nothing can."""
    return _changeable(inspect.type_info(kind), kind.__name__, ())


def _changeable(info: Any, where: str, within: tuple[type, ...]) -> str | None:
    """Return what can be changed in a value of a type; `within` are the structs it is part of."""
    if isinstance(info, _PLAIN):
        return None
    if isinstance(info, inspect.StructType) and info.cls.__struct_config__.frozen:
        if info.cls in within:
            return None
        within = (*within, info.cls)
        parts = [(f.type, f"{where}.{f.name}") for f in info.fields]
    elif isinstance(info, inspect.VarTupleType):
        parts = [(info.item_type, where)]
    elif isinstance(info, inspect.TupleType):
        parts = [(item, where) for item in info.item_types]
    elif isinstance(info, inspect.UnionType):
        parts = [(one, where) for one in info.types]
    else:
        return where
    return next((found for part in parts if (found := _changeable(*part, within))), None)
