"""Calls whose result is not in the log: identity, output, the C library's last bit."""

import ast
from collections.abc import Iterator
from typing import Final

from lqe.adapters.scenarios.allowed import WITHHELD

from .cause import Cause
from .package import Function, Module, Package

# Of `math`, what rounds as the standard says, or is whole-number work.
_EXACT: Final = frozenset((
    "ceil", "comb", "copysign", "e", "fabs", "factorial", "floor", "fmod", "frexp", "fsum",
    "gcd", "inf", "isclose", "isfinite", "isinf", "isnan", "isqrt", "lcm", "ldexp", "modf",
    "nan", "nextafter", "perm", "pi", "prod", "remainder", "sqrt", "tau", "trunc", "ulp",
))  # fmt: skip
_NUMPY: Final = frozenset((
    "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "average",
    "cbrt", "convolve", "corrcoef", "correlate", "cos", "cosh", "cov", "cross", "dot",
    "einsum", "exp", "exp2", "expm1", "fft", "float_power", "gradient", "hypot", "inner",
    "interp", "linalg", "log", "log10", "log1p", "log2", "logaddexp", "matmul", "matvec",
    "mean", "median", "nanmean", "nanstd", "nansum", "nanvar", "percentile", "polyfit",
    "polyval", "power", "prod", "quantile", "sin", "sinc", "sinh", "std", "sum", "tan",
    "tanh", "tensordot", "trace", "trapezoid", "var", "vdot", "vecdot",
))  # fmt: skip
_METHODS: Final = frozenset(("dot", "mean", "prod", "std", "sum", "trace", "var"))
_SORTS: Final = frozenset(("argsort", "sort", "argpartition", "partition"))
_IO: Final = frozenset(("open", "input"))
_TOO_WIDE: Final = frozenset(("BaseException", "MemoryError", "RecursionError"))


def in_calls(package: Package) -> Iterator[Cause]:
    """Yield calls and operators that differ from run to run, or between processors."""
    for module in package.modules.values():
        uses_numpy = any(n == "numpy" or n.startswith("numpy.") for n in module.outside.values())
        for function, node in _with_functions(module):
            for rule, what in _found(module, node, function, numpy=uses_numpy):
                name = function.name if function else ""
                yield Cause(module.file, getattr(node, "lineno", 0), rule, what, name)


def _with_functions(module: Module) -> Iterator[tuple[Function | None, ast.AST]]:
    """Yield every node with the innermost function around it."""
    around: dict[ast.AST, Function] = {}
    for function in module.functions:  # outer ones come first
        around |= dict.fromkeys(ast.walk(function.node), function)
    for node in ast.walk(module.tree):
        yield around.get(node), node


def _found(
    module: Module, node: ast.AST, function: Function | None, *, numpy: bool
) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Call):
        yield from _builtin(module, node, function)
        yield from _numbers(module, node, numpy=numpy)
    elif isinstance(node, ast.ExceptHandler):
        yield from _caught(node)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult) and numpy:
        yield "numpy-function", f"multiplies matrices in {ast.unparse(node):.60}"
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and not _is_whole(node):
        yield "float-function", f"raises to a power in {ast.unparse(node):.60}"


def _builtin(
    module: Module, call: ast.Call, function: Function | None
) -> Iterator[tuple[str, str]]:
    if not isinstance(call.func, ast.Name):
        return
    name = call.func.id
    if name in module.top or name in module.outside or name in module.inside:
        return  # the package's own function of that name
    if any(f.name == name and not f.owner for f in module.functions):
        return
    if name in ("hash", "id") and not (function and function.name == "__hash__"):
        yield "hash-or-id", f"calls {name}()"
    elif name in _IO:
        yield "io", f"calls {name}()"
    elif name == "print":
        yield "print", "calls print()"
    elif name in WITHHELD:
        yield "builtin", f"calls {name}()"
    elif name == "pow":
        yield "float-function", "calls pow()"


def _numbers(module: Module, call: ast.Call, *, numpy: bool) -> Iterator[tuple[str, str]]:
    dotted = module.dotted(call.func)
    package, _, name = dotted.partition(".")
    first = name.partition(".")[0]
    if package == "math" and name not in _EXACT:
        yield "float-function", f"calls math.{name}()"
    elif package == "numpy" and first == "random":
        yield "randomness", f"calls numpy.{name}()"
    elif package == "numpy" and first in _NUMPY:
        yield "numpy-function", f"calls numpy.{name}()"
    elif package == "numpy" and name in _SORTS and not _stable(call):
        yield "unstable-sort", f'calls numpy.{name}() without kind="stable"'
    elif not dotted and numpy and isinstance(call.func, ast.Attribute):
        if call.func.attr in _METHODS and not call.args:
            yield "numpy-function", f"calls .{call.func.attr}()"
        elif call.func.attr in ("argsort", "argpartition") and not _stable(call):
            yield "unstable-sort", f'calls .{call.func.attr}() without kind="stable"'


def _stable(call: ast.Call) -> bool:
    return any(
        k.arg == "kind" and isinstance(k.value, ast.Constant) and k.value.value == "stable"
        for k in call.keywords
    )


def _caught(handler: ast.ExceptHandler) -> Iterator[tuple[str, str]]:
    if handler.type is None:
        yield "catch-all", "catches everything with a bare except"
        return
    names = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    for name in names:
        if isinstance(name, ast.Name) and name.id in _TOO_WIDE:
            yield "catch-all", f"catches {name.id}"


def _is_whole(node: ast.BinOp) -> bool:
    """Say whether both sides are seen to be whole numbers, the exponent not below zero."""
    return all(
        isinstance(side, ast.Constant) and isinstance(side.value, int)
        for side in (node.left, node.right)
    )
