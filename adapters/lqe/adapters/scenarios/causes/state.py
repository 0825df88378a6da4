"""State outside of the world: in modules, classes, closures, default arguments and caches."""

import ast
from collections.abc import Iterator
from typing import Final

from .cause import Cause
from .package import Function, Package, root_of
from .writes import Write, writes_of

_MAKERS: Final = frozenset((
    "dict", "list", "set", "bytearray", "defaultdict", "deque", "Counter", "OrderedDict",
    "ChainMap", "array", "zeros", "ones", "empty", "full", "count", "cycle", "iter", "Random",
))  # fmt: skip
_CACHES: Final = frozenset(("cache", "lru_cache", "cached_property"))
# What msgspec makes: it copies the defaults of its fields for each one.
_STRUCTS: Final = frozenset(("Struct", "Component", "Fixed", "Column", "Command"))


def in_state(package: Package) -> Iterator[Cause]:
    """Yield every write to what outlives the call, and is in no snapshot."""
    kept = _registered_or_returned(package)
    for function in package.functions():
        yield from _globals(function)
        yield from _outer_writes(package, function)
        yield from _defaults(function)
        yield from _cached(function)
        if function in kept:
            yield from _closures(function)


def is_mutable(value: ast.AST | None) -> bool:
    """Say whether an expression makes something that can be changed."""
    if isinstance(value, (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)):
        return True
    if not isinstance(value, ast.Call):
        return False
    name = value.func.attr if isinstance(value.func, ast.Attribute) else root_of(value.func)
    return name in _MAKERS


def _globals(function: Function) -> Iterator[Cause]:
    for node in _own_nodes(function):
        if isinstance(node, ast.Global):
            yield function.cause(node, "global-state", f"says global {', '.join(node.names)}")


def _own_nodes(function: Function) -> Iterator[ast.AST]:
    """Yield the nodes of a function, without those of the functions in it."""
    waiting: list[ast.AST] = list(ast.iter_child_nodes(function.node))
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            waiting.extend(ast.iter_child_nodes(node))


def _outer_writes(package: Package, function: Function) -> Iterator[Cause]:
    """Yield writes to names of modules, and to classes."""
    bound = function.locals() | _bound_around(function)
    for write in writes_of(_own_nodes(function)):
        root = write.root
        if root in ("self", "cls"):
            yield from _own_class(package, function, write)
        elif root and root not in bound:
            yield from _outside(package, function, write)


def _bound_around(function: Function) -> set[str]:
    """Return what the functions around an inner one bind: its closure, which is looked at apart."""
    around = [
        f
        for f in function.module.functions
        if f is not function and any(n is function.node for n in ast.walk(f.node))
    ]
    return {name for f in around for name in f.locals()}


def _outside(package: Package, function: Function, write: Write) -> Iterator[Cause]:
    module = function.module
    if package.imported_module(module, write.root) is not None:
        if write.kind != "call" or "." in write.target:
            yield function.cause(write.node, "global-state", f"changes {write.target}")
        return
    place = package.defined(module, write.root)
    if place is None:
        return
    home, name = place
    if name in home.classes:
        if write.kind == "set":
            yield function.cause(write.node, "class-state", f"changes {write.target}")
        return
    value = home.top.get(name)
    where = "which is at the module's top"
    if write.kind == "draw":
        if isinstance(value, (ast.Call, ast.GeneratorExp)):
            what = f"draws from {write.root}, {where}"
            yield function.cause(write.node, "global-state", what)
    elif write.kind == "set" or is_mutable(value):
        yield function.cause(write.node, "global-state", f"changes {write.target}, {where}")


def _own_class(package: Package, function: Function, write: Write) -> Iterator[Cause]:
    """Yield what a method changes of its class, or of a value that all its objects share."""
    if write.root == "cls" and write.kind == "set":
        yield function.cause(write.node, "class-state", f"changes {write.target}")
        return
    shared = _shared_attributes(package, function)
    part = write.target.split(".")[1].partition("[")[0] if "." in write.target else ""
    if part in shared and not write.is_plain_attribute:
        what = f"changes {write.target}, which all of {function.owner} share"
        yield function.cause(write.node, "class-state", what)


def _shared_attributes(package: Package, function: Function) -> set[str]:
    """Return the attributes that a class makes once, and no object anew for itself."""
    node = function.module.classes.get(function.owner)
    if node is None or _is_struct(package, function, node, 0):
        return set()
    found: set[str] = set()
    for statement in node.body:
        if isinstance(statement, ast.Assign) and is_mutable(statement.value):
            found |= {t.id for t in statement.targets if isinstance(t, ast.Name)}
        if isinstance(statement, ast.AnnAssign) and is_mutable(statement.value):
            found |= {root_of(statement.target)}
    for inner in ast.walk(node):
        own = isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store)
        if own and root_of(inner) == "self":
            found.discard(inner.attr)  # type: ignore[attr-defined]
    return found


def _is_struct(package: Package, function: Function, node: ast.ClassDef, depth: int) -> bool:
    for base in node.bases:
        name = base.attr if isinstance(base, ast.Attribute) else root_of(base)
        place = package.defined(function.module, name)
        parent = place[0].classes.get(place[1]) if place else None
        if name in _STRUCTS or (
            parent is not None and parent is not node and depth < len(package.modules) + 5
            and _is_struct(package, function, parent, depth + 1)
        ):  # fmt: skip
            return True
    return False


def _defaults(function: Function) -> Iterator[Cause]:
    args = function.node.args
    named = [*args.posonlyargs, *args.args]
    pairs = [
        *zip(named[len(named) - len(args.defaults) :], args.defaults, strict=True),
        *zip(args.kwonlyargs, args.kw_defaults, strict=True),
    ]
    shared = {a.arg for a, default in pairs if is_mutable(default)}
    changed: set[str] = set()
    for write in writes_of(_own_nodes(function)):
        if write.root in shared:
            changed.add(write.root)
            what = f"changes its default argument {write.root}"
            yield function.cause(write.node, "mutable-default", what)
    for name in sorted(shared - changed):
        what = f"has a default argument {name} that can be changed"
        yield function.cause(function.node, "shared-default", what)


def _cached(function: Function) -> Iterator[Cause]:
    for decorator in function.node.decorator_list:
        node = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = node.attr if isinstance(node, ast.Attribute) else root_of(node)
        if name in _CACHES and function.worlds():
            yield function.cause(function.node, "cached-world", f"caches {function.name} by world")


def _registered_or_returned(package: Package) -> set[Function]:
    """Return inner functions that live on after the function around them has returned."""
    kept: set[Function] = set()
    for outer in package.functions():
        inside = [
            f
            for f in outer.module.functions
            if f is not outer and any(n is f.node for n in ast.walk(outer.node))
        ]
        given = {
            node.value.id
            for node in ast.walk(outer.node)
            if isinstance(node, ast.Return) and isinstance(node.value, ast.Name)
        }
        kept |= {f for f in inside if f.name in given or f.node.decorator_list}
    return kept


def _closures(function: Function) -> Iterator[Cause]:
    around = _bound_around(function) - function.locals()
    for node in _own_nodes(function):
        if isinstance(node, ast.Nonlocal):
            what = f"says nonlocal {', '.join(node.names)}"
            yield function.cause(node, "closure-state", what)
    for write in writes_of(_own_nodes(function)):
        if write.root in around:
            what = f"changes {write.target}, which is kept from call to call"
            yield function.cause(write.node, "closure-state", what)
