"""A scenario's commands as JSON Schema, and their arguments checked and decoded."""

from collections.abc import ValuesView
from typing import Any

import msgspec

from lqe.limits import MAX_ARGS_DEPTH
from lqe.whole import whole_numbers

from .scenario import Command, CommandKind, Scenario


def command_schemas(scenario: Scenario) -> dict[str, Any]:
    """Return {command: JSON Schema of its arguments}, references resolved within each."""
    return {name: msgspec.json.schema(kind.type) for name, kind in scenario.commands.items()}


def decode_args(kind: CommandKind, args: bytes) -> Command:
    """Return the typed command in MessagePack `args`; raise msgspec.DecodeError.

    How deep nesting may go before Python gives up differs by version, so it is bounded here.
    """
    if len(args) > MAX_ARGS_DEPTH and _too_deep(args):
        raise msgspec.ValidationError(f"arguments nest at most {MAX_ARGS_DEPTH} deep")
    return msgspec.msgpack.decode(args, type=kind.type)


def _is_leaf(value: Any) -> bool:
    return not isinstance(value, (list, tuple, ValuesView))


def _too_deep(args: bytes) -> bool:
    """Say whether arrays and maps nest too deep; each level takes a byte at least."""
    try:
        level: list[Any] = [msgspec.msgpack.decode(args)]
    except RecursionError:
        return True
    for _ in range(MAX_ARGS_DEPTH):
        branches = [v.values() if isinstance(v, dict) else v for v in level]
        level = [v for part in branches if not _is_leaf(part) for v in part]
        if not level:
            return False
    return True


def encode_args(kind: CommandKind, args: dict[str, Any]) -> bytes:
    """Return plain `args` as the bytes that the log keeps; raise msgspec.ValidationError.

    What is kept is what the types say, with defaults left in: 1 for a float becomes 1.0, and 1.0
    for a whole number becomes 1.
    """
    encoded = msgspec.msgpack.encode(msgspec.convert(whole_numbers(args), kind.type))
    decode_args(kind, encoded)
    return encoded
