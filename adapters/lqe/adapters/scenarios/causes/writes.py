"""What a piece of code changes in place, by the name that it begins with."""

import ast
from collections.abc import Iterable, Iterator
from typing import Final, Literal

import msgspec

from .package import root_of

_MUTATORS: Final = frozenset((
    "add", "append", "appendleft", "clear", "difference_update", "discard", "extend",
    "extendleft", "fill", "insert", "intersection_update", "pop", "popitem", "popleft", "put",
    "remove", "resize", "reverse", "rotate", "setdefault", "sort", "subtract",
    "symmetric_difference_update", "update",
))  # fmt: skip
_DRAWS: Final = frozenset((
    "chance", "choice", "integer", "random", "shuffled", "uniform", "word",
))  # fmt: skip
_SETTERS: Final = frozenset(("setattr", "delattr"))


class Write(msgspec.Struct, frozen=True):
    """One change: `set` an attribute or an item, `call` a method that changes, or `draw` the next.

    `target` is what is changed, as it is written; `root` the name that it begins with.
    """

    node: ast.AST
    root: str
    target: str
    kind: Literal["set", "call", "draw"]
    is_plain_attribute: bool = False


def writes_of(nodes: Iterable[ast.AST]) -> Iterator[Write]:
    """Yield the changes that nodes make to what a name holds, not those of the name itself."""
    for node in nodes:
        if isinstance(node, (ast.Attribute, ast.Subscript)):
            if isinstance(node.ctx, (ast.Store, ast.Del)):
                plain = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
                yield Write(node, root_of(node), ast.unparse(node), "set", plain)
        elif isinstance(node, ast.Call):
            yield from _calls(node)


def _calls(call: ast.Call) -> Iterator[Write]:
    if isinstance(call.func, ast.Attribute):
        kind: Literal["call", "draw"] | None = None
        if call.func.attr in _MUTATORS:
            kind = "call"
        elif call.func.attr in _DRAWS:
            kind = "draw"
        if kind is not None:
            held = call.func.value
            yield Write(call, root_of(held), ast.unparse(held), kind)
    elif isinstance(call.func, ast.Name) and call.args:
        first = call.args[0]
        if call.func.id in _SETTERS:
            yield Write(call, root_of(first), ast.unparse(first), "set")
        elif call.func.id == "next":
            yield Write(call, root_of(first), ast.unparse(first), "draw")
