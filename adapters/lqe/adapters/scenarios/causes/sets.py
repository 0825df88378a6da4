"""Places where the order of a set decides something."""

import ast
from collections.abc import Iterator
from typing import Final

from .cause import Cause
from .package import Function, Module, Package

_TYPES: Final = ("set", "frozenset", "AbstractSet", "MutableSet", "Set", "FrozenSet")
_SET_METHODS: Final = frozenset(
    ("union", "intersection", "difference", "symmetric_difference", "copy")
)
_ORDERED: Final = frozenset((
    "dict", "enumerate", "filter", "iter", "list", "map", "repr", "reversed", "str", "sum",
    "tuple", "zip", "deque", "Counter",
))  # fmt: skip
_ORDERED_METHODS: Final = frozenset((
    "join", "extend", "extendleft", "fromkeys", "choice", "shuffled", "array", "asarray",
    "fromiter",
))  # fmt: skip
_FREE: Final = frozenset(("all", "any", "frozenset", "len", "max", "min", "set", "sorted"))
_BY_KEY: Final = frozenset(("max", "min", "sorted"))
_OPERATORS: Final = (ast.BitOr, ast.BitAnd, ast.Sub, ast.BitXor)


def in_orders(package: Package) -> Iterator[Cause]:
    """Yield every place that goes through a set where the order can be seen."""
    for module in package.modules.values():
        visitor = _Visitor(package, module)
        visitor.visit(module.tree)
        yield from visitor.found


class _Visitor(ast.NodeVisitor):
    """Goes through a module in the order of its lines; `sets` says which names hold a set now."""

    def __init__(self, package: Package, module: Module) -> None:
        self.found: list[Cause] = []
        self._package = package
        self._module = module
        self._sets: dict[str, bool] = {}
        self._function = ""
        self._order_free: set[ast.AST] = set()

    def _report(self, node: ast.AST, what: str) -> None:
        line = getattr(node, "lineno", 0)
        self.found.append(Cause(self._module.file, line, "set-order", what, self._function))

    # What is a set

    def _is_set(self, node: ast.AST) -> bool:
        if isinstance(node, (ast.Set, ast.SetComp)):
            return True
        if isinstance(node, ast.Name):
            return self._sets[node.id] if node.id in self._sets else self._is_set_outside(node.id)
        if isinstance(node, ast.NamedExpr):
            return self._is_set(node.value)
        if isinstance(node, ast.IfExp):
            return self._is_set(node.body) or self._is_set(node.orelse)
        if isinstance(node, ast.BinOp) and isinstance(node.op, _OPERATORS):
            return any(self._is_set(s) or _is_keys(s) for s in (node.left, node.right))
        return isinstance(node, ast.Call) and self._returns_set(node)

    def _is_set_outside(self, name: str) -> bool:
        """Say whether a name of the package's top level is bound to a set."""
        place = self._package.defined(self._module, name)
        if place is None:
            return False
        value = place[0].top.get(place[1])
        called = isinstance(value, ast.Call) and isinstance(value.func, ast.Name)
        return isinstance(value, (ast.Set, ast.SetComp)) or (
            called and value.func.id in ("set", "frozenset")  # type: ignore[union-attr]
        )

    def _returns_set(self, call: ast.Call) -> bool:
        if isinstance(call.func, ast.Name) and call.func.id in ("set", "frozenset"):
            return True
        if isinstance(call.func, ast.Attribute) and call.func.attr in _SET_METHODS:
            return self._is_set(call.func.value)
        return any(_says_set(f.node.returns) for f in self._package.called(self._module, call.func))

    # Names

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Go through a function with names of its own."""
        outer, around = dict(self._sets), self._function
        arguments = Function(self._module, node).arguments()
        self._sets |= {a.arg: _says_set(a.annotation) for a in arguments}
        self._function = node.name
        self.generic_visit(node)
        self._sets, self._function = outer, around

    def visit_Assign(self, node: ast.Assign) -> None:
        """Note what names hold from here on."""
        self.generic_visit(node)
        holds = self._is_set(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._sets[target.id] = holds
            elif isinstance(target, (ast.Tuple, ast.List)):
                if holds:
                    self._report(node, "unpacks a set")
                for inner in ast.walk(target):
                    if isinstance(inner, ast.Name):
                        self._sets[inner.id] = False

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Note what an annotated name holds."""
        self.generic_visit(node)
        if isinstance(node.target, ast.Name):
            is_set = node.value is not None and self._is_set(node.value)
            self._sets[node.target.id] = is_set or _says_set(node.annotation)

    # Where order is seen

    def visit_For(self, node: ast.For) -> None:
        """See a loop."""
        if self._is_set(node.iter):
            self._report(node.iter, f"iterates the set {ast.unparse(node.iter):.40}")
        self.generic_visit(node)

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp | ast.DictComp) -> None:
        counts = isinstance(node, ast.GeneratorExp) and isinstance(node.elt, ast.Constant)
        for part in node.generators:
            if self._is_set(part.iter) and node not in self._order_free and not counts:
                self._report(part.iter, f"iterates the set {ast.unparse(part.iter):.40}")
        self.generic_visit(node)

    visit_ListComp = visit_GeneratorExp = visit_DictComp = _comprehension  # noqa: N815

    def visit_Call(self, node: ast.Call) -> None:
        """See what is made of a set, and in which order."""
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        keyed = name in _BY_KEY and any(k.arg == "key" for k in node.keywords)
        if name in _FREE and not keyed:
            self._order_free |= set(node.args)
        elif keyed and any(self._is_set(a) for a in node.args):
            self._report(node, f"lets {name}() choose among equal keys of a set")
        elif name in _ORDERED or method in _ORDERED_METHODS:
            for argument in node.args:
                if self._is_set(argument):
                    what = ast.unparse(argument)
                    self._report(node, f"gives the set {what:.40} to {name or method}()")
        elif method == "pop" and not node.args and self._is_set(node.func.value):  # type: ignore[attr-defined]
            self._report(node, "takes any member of a set by pop()")
        self.generic_visit(node)

    def visit_Starred(self, node: ast.Starred) -> None:
        """See a set laid out."""
        if self._is_set(node.value):
            self._report(node, f"lays out the set {ast.unparse(node.value):.40}")
        self.generic_visit(node)

    def visit_YieldFrom(self, node: ast.YieldFrom) -> None:
        """See a set given on, member by member."""
        if self._is_set(node.value):
            self._report(node, f"yields the set {ast.unparse(node.value):.40}")
        self.generic_visit(node)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> None:
        """See a set written out."""
        if self._is_set(node.value):
            self._report(node, f"writes out the set {ast.unparse(node.value):.40}")
        self.generic_visit(node)


def _is_keys(node: ast.AST) -> bool:
    """Say whether it is the view of a dictionary; two of them make a set."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("keys", "items")
    )


def _says_set(annotation: ast.expr | None) -> bool:
    if isinstance(annotation, ast.Subscript):
        annotation = annotation.value
    if isinstance(annotation, ast.Attribute):
        return annotation.attr in _TYPES
    return isinstance(annotation, ast.Name) and annotation.id in _TYPES
