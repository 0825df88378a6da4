"""Functions and modules stay small enough to be read in one go."""

import ast
from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from tests.tidy.tree import ROOT, SOURCE_ROOTS, modules

FUNCTION_LINES: Final = 70
MODULE_LINES: Final = 400
# What may be longer: "path" or "path::function", and why.
ALLOWED: Final = MappingProxyType[str, str]({})


def too_long(path: str, tree: ast.Module, module_lines: int) -> Iterator[str]:
    """Say which functions, and whether the module, go beyond the limit."""
    if module_lines > MODULE_LINES and path not in ALLOWED:
        yield f"{path} has {module_lines} lines, more than {MODULE_LINES}: what does it hide?"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > FUNCTION_LINES and f"{path}::{node.name}" not in ALLOWED:
                yield f"{path}:{node.lineno} {node.name} has {lines} lines, not {FUNCTION_LINES}"


def test_functions_and_modules_are_short() -> None:
    found = [
        line
        for path, tree in modules(*SOURCE_ROOTS)
        for line in too_long(path, tree, len((ROOT / path).read_text().splitlines()))
    ]
    assert not found, "\n".join(found)


def test_a_long_function_is_found_and_one_at_the_limit_is_not() -> None:
    def of(lines: int) -> ast.Module:
        return ast.parse("def f():\n" + "    x = 1\n" * (lines - 1))

    assert not list(too_long("planted.py", of(FUNCTION_LINES), FUNCTION_LINES))
    assert list(too_long("planted.py", of(FUNCTION_LINES + 1), FUNCTION_LINES + 1))


def test_a_long_module_is_found_and_one_at_the_limit_is_not() -> None:
    assert not list(too_long("planted.py", ast.parse(""), MODULE_LINES))
    assert list(too_long("planted.py", ast.parse(""), MODULE_LINES + 1))


def test_everything_that_may_be_longer_is_still_there() -> None:
    gone = [name for name in ALLOWED if not (ROOT / name.partition("::")[0]).is_file()]
    assert not gone, f"take {gone} out of ALLOWED"
