"""The domain is pure: no I/O, no clock, no entropy, no environment, no logging."""

import ast
import sys
from collections.abc import Iterator
from typing import Final

import pytest

from tests.tidy.tree import modules

# Of the standard library, what has no way to the outside world. Add to it after a thought.
# fmt: off
PURE: Final = frozenset({
    "__future__", "abc", "ast", "base64", "binascii", "bisect", "collections", "contextlib",
    "contextvars", "copy", "dataclasses", "enum", "fractions", "functools", "hashlib", "heapq",
    "hmac", "itertools", "json", "math", "operator", "re", "string", "struct", "textwrap", "types",
    "typing", "unicodedata", "weakref", "zlib",
})
# fmt: on
# Which module may import what else: (path, name), the reason in a comment above each.
ALLOWED: Final[frozenset[tuple[str, str]]] = frozenset()
# id and hash differ from process to process; the others reach outside.
BANNED_CALLS: Final = frozenset({"__import__", "hash", "id", "input", "open", "print"})


def impurities(path: str, tree: ast.Module) -> Iterator[str]:
    """Say what in a module reaches outside the domain."""
    for node in ast.walk(tree):
        line = f"{path}:{getattr(node, 'lineno', 0)}"
        names: list[str] = []
        match node:
            case ast.Import():
                names = [alias.name for alias in node.names]
            case ast.ImportFrom(module=str(module), level=0):
                names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
            case ast.Attribute(value=ast.Name(id="np" | "numpy"), attr=attribute):
                names = [f"numpy.{attribute}"]
            case ast.Call(func=ast.Name(id=called)) if called in BANNED_CALLS:
                yield f"{line} calls {called}()"
        for top in {name.partition(".")[0] for name in names} & sys.stdlib_module_names - PURE:
            if (path, top) not in ALLOWED:
                yield f"{line} imports {top}; give it in from outside, as data"
        if any(f"{name}.".startswith("numpy.random.") for name in names):
            yield f"{line} uses numpy.random; chance comes from lqe.rng"


def test_the_domain_reaches_nothing_outside_itself() -> None:
    found = [line for path, tree in modules("domain") for line in impurities(path, tree)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "planted",
    [
        "import os",
        "import random as chance",
        "from datetime import datetime",
        "import urllib.request",
        "def now():\n    from time import time_ns\n    return time_ns()",
        "import numpy as np\nnp.random.default_rng()",
        "from numpy import random",
        "with open('x') as file: pass",
        "order = sorted(things, key=lambda thing: id(thing))",
    ],
)
def test_an_impurity_planted_in_a_module_is_found(planted: str) -> None:
    assert list(impurities("domain/lqe/planted.py", ast.parse(planted)))


def test_what_is_pure_is_left_alone() -> None:
    pure = "import math\nfrom collections.abc import Iterable\nfrom .os import time\nimport lqe.ecs"
    assert not list(impurities("domain/lqe/planted.py", ast.parse(pure)))
