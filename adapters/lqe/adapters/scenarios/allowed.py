"""What scenario code may import and call: nothing that differs from run to run."""

import ast
import builtins
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec

ALLOWED_MODULES: Final = (
    "__future__",
    "abc",
    "bisect",
    "collections",
    "dataclasses",
    "enum",
    "functools",
    "heapq",
    "itertools",
    "lqe.behaviour",
    "lqe.ecs",
    "lqe.errors",
    "lqe.physics",
    "lqe.rng",
    "lqe.scenario",
    "math",
    "msgspec",
    "numpy",
    "operator",
    "string",
    "typing",
)

_REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "random": "use world.random, whose numbers come from the log",
        "time": "use world.tick or world.seconds",
        "datetime": "use world.tick or world.seconds",
        "secrets": "use world.random",
        "uuid": "entities have ids; use world.random for anything else",
        "os": "a scenario has no environment; put files into its assets folder",
        "threading": "systems run one after the other",
        "asyncio": "systems run one after the other",
    }
)

# Errors that are not Exceptions end a process, or say that its time is up: not a scenario's to use.
WITHHELD: Final = (
    "BaseException", "BaseExceptionGroup", "GeneratorExit", "KeyboardInterrupt", "SystemExit",
    "breakpoint", "compile", "eval", "exec", "exit", "globals", "help", "input", "memoryview",
    "open", "quit",
)  # fmt: skip
_WITHHELD_MODULES: Final = ("numpy.random",)


class Import(msgspec.Struct, frozen=True):
    """An import that scenario code may not make, and where it stands."""

    module: str
    file: str
    line: int

    def __str__(self) -> str:
        reason = _REASONS.get(self.module.partition(".")[0], "it is not on the list of the docs")
        return f"{self.file}:{self.line} imports {self.module}: {reason}"


def is_allowed(module: str) -> bool:
    """Say whether a module, or one it is part of, may be imported."""
    return _within(module, ALLOWED_MODULES) and not _within(module, _WITHHELD_MODULES)


def _within(module: str, names: Iterable[str]) -> bool:
    return any(module == name or module.startswith(name + ".") for name in names)


def forbidden_imports(files: Mapping[str, bytes]) -> list[Import]:
    """Return every import in Python files that is not allowed; raise SyntaxError."""
    found: list[Import] = []
    for file, content in sorted(files.items()):
        if file.endswith(".py"):
            found += forbidden_imports_of(file, ast.parse(content, file))
    return found


def forbidden_imports_of(file: str, tree: ast.Module) -> list[Import]:
    """Return every import of one module that is not allowed."""
    return [
        Import(module, file, line)
        for node in ast.walk(tree)
        for module, line in _imported(node)
        if not is_allowed(module)
    ]


def _imported(node: ast.AST) -> Iterable[tuple[str, int]]:
    if isinstance(node, ast.Import):
        return [(alias.name, node.lineno) for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
        named = [f"{node.module}.{alias.name}" for alias in node.names]
        if is_allowed(node.module) and not any(_within(n, _WITHHELD_MODULES) for n in named):
            return []
        return [(f"{node.module}.{alias.name}", node.lineno) for alias in node.names]
    return []


def sum_in_order(values: Iterable[Any], /, start: Any = 0) -> Any:
    """Return the sum, added from left to right: since Python 3.12 the built-in one compensates."""
    total = start
    for value in values:
        total = total + value
    return total


def scenario_builtins(*, unchecked: bool = False) -> dict[str, Any]:
    """Return the built-in names that scenario code gets; `unchecked` lets it import anything.

    They keep an author from what would not replay. They are no sandbox: code that wants out gets
    out, so a log's scenario is run by who trusts its author, or on a machine that can be lost.
    """
    names = {n: v for n, v in vars(builtins).items() if n not in WITHHELD}
    names["sum"] = sum_in_order
    if not unchecked:
        names["__import__"] = _import
    return names


def _import(
    name: str,
    scope: Mapping[str, Any] | None = None,
    local: Mapping[str, Any] | None = None,
    wanted: Sequence[str] | None = (),
    level: int = 0,
) -> Any:
    """Import what is allowed: also where no statement names it."""
    if level == 0 and not is_allowed(name):
        raise ImportError(str(Import(name, "this scenario", 0)))
    return builtins.__import__(name, scope, local, wanted or (), level)
