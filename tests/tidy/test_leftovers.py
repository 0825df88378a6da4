"""Nothing is left over in a file: no note to oneself, no debugging, no trace of one machine."""

import ast
import re
from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

import pytest

from tests.tidy.tree import SOURCE_ROOTS, modules, texts

# Written so that no pattern finds itself.
PATTERNS: Final = MappingProxyType(
    {
        "a note to oneself: do it, or file an issue": re.compile(r"\b(TO[D]O|FIX[M]E|X[X]X)\b"),
        "a path of one machine": re.compile(
            r"(?<![\w.~}])/(home|Users|root|work)/|[A-Z]:\\Users\b"
        ),
        "an address to download from": re.compile(
            r"(index-url|registry|resolved|--find-links)\"?\s*[=: ]\s*\"?(https?|file)://"
        ),
    }
)


def leftovers(path: str, text: str) -> Iterator[str]:
    """Say which lines hold what should not be kept."""
    for number, line in enumerate(text.splitlines(), 1):
        for what, pattern in PATTERNS.items():
            if found := pattern.search(line):
                yield f"{path}:{number} {found.group()!r} is {what}"


def prints(path: str, tree: ast.Module) -> Iterator[str]:
    """Say where a module prints instead of answering, or of click.echo in the command line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "breakpoint"):
            yield f"{path}:{node.lineno} calls {ast.unparse(node.func)}()"


def test_no_file_keeps_a_leftover() -> None:
    found = [line for path, text in texts() for line in leftovers(path, text)]
    assert not found, "\n".join(found)


def test_no_module_prints() -> None:
    found = [line for path, tree in modules(*SOURCE_ROOTS) for line in prints(path, tree)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "planted",
    [
        "# TO" + "DO: later",
        "x = 1  # FIX" + "ME",
        "open('/ho" + "me/ann/log.sqlite')",
        "index-url = https:" + "//packages.example/simple",
        '"resolved": "https:' + '//packages.example/left-pad.tgz"',
    ],
)
def test_a_planted_leftover_is_found(planted: str) -> None:
    assert list(leftovers("planted.py", planted))


def test_a_planted_print_is_found() -> None:
    assert list(prints("planted.py", ast.parse("def f():\n    print(1)")))


@pytest.mark.parametrize("fine", ["docs/work/a.md", "Xxx", "pip install it from PyPI", "~/root/x"])
def test_what_only_looks_like_a_leftover_is_left_alone(fine: str) -> None:
    assert not list(leftovers("planted.md", fine))
