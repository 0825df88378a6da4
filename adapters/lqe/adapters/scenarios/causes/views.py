"""Views that change the world: they are called when somebody looks, and never in a replay."""

import ast
from collections.abc import Iterator
from typing import Final

from .cause import Cause
from .package import Function, Package, root_of
from .writes import writes_of

_VIEWS: Final = ("shared_view", "player_view", "sees", "turn")
_CHANGES: Final = frozenset((
    "achieve", "add", "after", "despawn", "remove", "signal", "spawn", "tag", "untag",
    "write",
))  # fmt: skip
_READS: Final = frozenset(("columns", "find", "get", "query"))


def in_views(package: Package) -> Iterator[Cause]:
    """Yield what views, and the functions that they call, change of the world."""
    for function in package.reached(*package.registered(*_VIEWS)):
        worlds = function.worlds()
        if not worlds and function in package.registered(*_VIEWS):
            worlds = {a.arg for a in function.arguments()[:1]}
        yield from _calls(function, worlds)
        yield from _components(function, worlds)


def _calls(function: Function, worlds: set[str]) -> Iterator[Cause]:
    for node in ast.walk(function.node):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        method, held = node.func.attr, node.func.value
        if isinstance(held, ast.Name) and held.id in worlds:
            writes = any(k.arg == "writes" for k in node.keywords)
            if method in _CHANGES or (method == "columns" and writes):
                what = f"calls {held.id}.{method}(), and a view calls {function.name}"
                yield function.cause(node, "view-writes", what)
        elif _is_chance(held, worlds):
            what = f"draws a random number, and a view calls {function.name}"
            yield function.cause(node, "view-writes", what)


def _is_chance(node: ast.expr, worlds: set[str]) -> bool:
    """Say whether it is `world.random`."""
    return isinstance(node, ast.Attribute) and node.attr == "random" and root_of(node) in worlds


def _components(function: Function, worlds: set[str]) -> Iterator[Cause]:
    """Yield changes of what was read from the world."""
    held = _read_from(function, worlds)
    for write in writes_of(ast.walk(function.node)):
        if write.root in held and write.kind != "draw":
            what = f"changes {write.target}, and a view calls {function.name}"
            yield function.cause(write.node, "view-writes", what)


def _read_from(function: Function, worlds: set[str]) -> set[str]:
    """Return the names that hold components: those that reads of the world are bound to."""
    held: set[str] = set()
    for node in ast.walk(function.node):
        if isinstance(node, ast.Assign) and _reads(node.value, worlds):
            held |= _names(*node.targets)
        elif isinstance(node, (ast.NamedExpr, ast.For, ast.comprehension)):
            read = node.value if isinstance(node, ast.NamedExpr) else node.iter
            held |= _names(node.target) if _reads(read, worlds) else set()
    return held


def _reads(node: ast.expr, worlds: set[str]) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
        return any(_reads(a, worlds) for a in node.args)  # sorted(world.query(…)), list(…)
    if isinstance(node, ast.IfExp):
        return _reads(node.body, worlds) or _reads(node.orelse, worlds)
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _READS
        and root_of(node.func) in worlds
    )


def _names(*targets: ast.expr) -> set[str]:
    return {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
