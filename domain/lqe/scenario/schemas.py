"""A scenario's commands as JSON Schema, and their arguments checked and decoded."""

from typing import Any

import msgspec

from .scenario import Command, CommandKind, Scenario


def command_schemas(scenario: Scenario) -> dict[str, Any]:
    """Return {command: JSON Schema of its arguments}, references resolved within each."""
    return {name: msgspec.json.schema(kind.type) for name, kind in scenario.commands.items()}


def decode_args(kind: CommandKind, args: bytes) -> Command:
    """Return the typed command in MessagePack `args`; raise msgspec.ValidationError."""
    return msgspec.msgpack.decode(args, type=kind.type)


def encode_args(kind: CommandKind, args: dict[str, Any]) -> bytes:
    """Return plain `args` as the bytes that the log keeps; raise msgspec.ValidationError.

    What is kept is what the types say, with defaults left in: 1 for a float becomes 1.0.
    """
    return msgspec.msgpack.encode(msgspec.convert(args, kind.type))
