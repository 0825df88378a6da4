"""Each cause of a difference is found in code that shows it, and not in code that is fine."""

from pathlib import Path
from textwrap import dedent

import pytest

from lqe.adapters.scenarios import read_source
from lqe.adapters.scenarios.causes import RULES, Cause, find_causes
from lqe.cli import new
from tests.docs.test_code_in_the_docs import CODE
from tests.recorded import STONES

ROOT = Path(__file__).parents[2]
HEAD = "from lqe.scenario import Scenario, World\nscenario = Scenario('x')\n"


def causes(code: str, **others: str) -> list[Cause]:
    files = {"__init__.py": code} | {f"{name}.py": text for name, text in others.items()}
    return find_causes({name: dedent(text).encode() for name, text in files.items()})


# rule, code that shows it, the number of the line that is to blame, what is said of it
BAD = [
    ("clock", "import time", 1, "imports time"),
    ("clock", "from datetime import datetime", 1, "imports datetime.datetime"),
    ("randomness", "import random", 1, "imports random"),
    ("randomness", "def f():\n    import uuid", 2, "imports uuid"),
    ("randomness", "from numpy.random import default_rng", 1, "imports numpy.random"),
    ("randomness", "import numpy as np\nx = np.random.rand()", 2, "numpy.random.rand"),
    ("environment", "import os", 1, "imports os"),
    ("environment", "import sys as system", 1, "imports sys"),
    ("io", "from pathlib import Path", 1, "imports pathlib.Path"),
    ("io", "def f(world):\n    return open('x').read()", 2, "calls open()"),
    ("io", "def f(world):\n    name = input()", 2, "calls input()"),
    ("threads", "import asyncio", 1, "imports asyncio"),
    ("import", "import turtle", 1, "imports turtle"),
    ("builtin", "def f(world):\n    return eval('1')", 2, "calls eval()"),
    ("print", "def f(world):\n    print(world.tick)", 2, "calls print()"),
    ("hash-or-id", "def f(a):\n    return hash(a) % 7", 2, "calls hash()"),
    ("hash-or-id", "def f(a):\n    return sorted(a, key=lambda x: id(x))", 2, "calls id()"),
    # Sets
    ("set-order", "def f():\n    for x in {1, 2}:\n        go(x)", 2, "iterates the set"),
    ("set-order", "def f(a):\n    for x in set(a):\n        go(x)", 2, "set(a)"),
    ("set-order", "def f(a):\n    return [x for x in frozenset(a)]", 2, "frozenset(a)"),
    ("set-order", "def f(a):\n    s = {x for x in a}\n    return list(s)", 3, "to list()"),
    ("set-order", "def f(a):\n    s = set()\n    s.add(a)\n    for x in s: go(x)", 4, "the set s"),
    ("set-order", "def f(s: set[int]):\n    return tuple(s)", 2, "to tuple()"),
    ("set-order", "def f(a):\n    s: frozenset[int] = a\n    return {x: 1 for x in s}", 3, "set s"),
    (
        "set-order",
        "def f(a, b):\n    for k in a.keys() - b.keys(): go(k)",
        2,
        "a.keys() - b.keys()",
    ),
    ("set-order", "def f(a, b):\n    return ','.join(set(a) | b)", 2, "to join()"),
    ("set-order", "def f(a):\n    return set(a).union(a).pop()", 2, "takes any member"),
    ("set-order", "def f(a):\n    x, y = set(a)\n    return x", 2, "unpacks"),
    ("set-order", "def f(a):\n    return [*set(a)]", 2, "lays out"),
    ("set-order", "def f(a):\n    return f'{set(a)}'", 2, "writes out"),
    ("set-order", "def f(a):\n    yield from set(a)", 2, "yields"),
    ("set-order", "def f(a):\n    return sorted(set(a), key=len)", 2, "equal keys"),
    ("set-order", "def f(a):\n    return min(set(a), key=len)", 2, "equal keys"),
    ("set-order", "def f(a):\n    return sum(set(a))", 2, "to sum()"),
    ("set-order", "def f(a):\n    return dict.fromkeys(set(a))", 2, "to fromkeys()"),
    ("set-order", "def f(w, a):\n    return w.random.choice(set(a))", 2, "to choice()"),
    ("set-order", "S = {'a', 'b'}\ndef f():\n    for x in S: go(x)", 3, "the set S"),
    ("set-order", "def s() -> set[str]: ...\ndef f():\n    return list(s())", 3, "the set s()"),
    ("set-order", "def f(a):\n    s = set(a)\n    def g():\n        return list(s)", 4, "set s"),
    # State outside of the world
    ("global-state", "N = 0\ndef f(world):\n    global N\n    N += 1", 3, "global N"),
    ("global-state", "K = {}\ndef f(world):\n    K['a'] = 1", 3, "changes K['a']"),
    ("global-state", "K = []\ndef f(world):\n    K.append(1)", 3, "changes K"),
    ("global-state", "K = {'a': []}\ndef f(world):\n    K['a'].append(1)", 3, "changes K['a']"),
    ("global-state", "K = []\ndef f(world):\n    del K[0]", 3, "changes K[0]"),
    ("global-state", "K = [0]\ndef f(world):\n    K[0] += 1", 3, "changes K[0]"),
    (
        "global-state",
        "from collections import deque\nK = deque()\ndef f(w):\n    K.popleft()",
        4,
        "K",
    ),
    ("global-state", "class A: ...\nK = A()\ndef f(world):\n    K.n = 1", 4, "changes K.n"),
    (
        "global-state",
        "class A: ...\nK = A()\ndef f(world):\n    setattr(K, 'n', 1)",
        4,
        "changes K",
    ),
    (
        "global-state",
        "import itertools\nN = itertools.count()\ndef f(w):\n    return next(N)",
        4,
        "draws from N",
    ),
    (
        "global-state",
        "from lqe.rng import Random\nR = Random(b'x')\ndef f(w):\n    return R.random()",
        4,
        "draws from R",
    ),
    ("global-state", f"{HEAD}def f(world):\n    scenario.title = 'y'", 4, "changes scenario.title"),
    ("class-state", "class A:\n    n = 0\ndef f(world):\n    A.n += 1", 4, "changes A.n"),
    (
        "class-state",
        "class A:\n    k = []\n    def f(self):\n        self.k.append(1)",
        4,
        "all of A share",
    ),
    ("class-state", "class A:\n    k = {}\n    def f(self):\n        self.k['a'] = 1", 4, "self.k"),
    (
        "class-state",
        "class A:\n    n = 0\n    @classmethod\n    def f(cls):\n        cls.n = 1",
        5,
        "changes cls.n",
    ),
    (
        "closure-state",
        (
            f"{HEAD}def make():\n    n = 0\n    @scenario.system()\n    def f(world):\n"
            "        nonlocal n\n        n += 1"
        ),
        7,
        "nonlocal n",
    ),
    (
        "closure-state",
        ("def make():\n    seen = []\n    def f(world):\n        seen.append(1)\n    return f"),
        4,
        "changes seen",
    ),
    (
        "mutable-default",
        "def f(world, k=[]):\n    k.append(1)",
        2,
        "changes its default argument k",
    ),
    ("mutable-default", "def f(world, *, k={}):\n    k['a'] = 1", 2, "default argument k"),
    ("shared-default", "def f(world, k=[]):\n    return len(k)", 1, "can be changed"),
    (
        "cached-world",
        "from functools import cache\n@cache\ndef f(world):\n    return 1",
        3,
        "caches f",
    ),
    (
        "cached-world",
        "import functools\n@functools.lru_cache(maxsize=9)\ndef f(w: 'World', n): ...",
        3,
        "caches f",
    ),
    # Views
    (
        "view-writes",
        f"{HEAD}@scenario.shared_view\ndef v(world):\n    world.spawn()",
        5,
        "world.spawn",
    ),
    (
        "view-writes",
        f"{HEAD}@scenario.player_view\ndef v(world, p):\n    world.signal('a')",
        5,
        "world.signal",
    ),
    (
        "view-writes",
        f"{HEAD}@scenario.sees\ndef v(w: World, p, e):\n    w.after(1, 'x')",
        5,
        "w.after",
    ),
    (
        "view-writes",
        f"{HEAD}@scenario.shared_view\ndef v(world):\n    return world.random.random()",
        5,
        "draws a random number",
    ),
    (
        "view-writes",
        (
            f"{HEAD}@scenario.shared_view\ndef v(world):\n    for _, s in world.query(A):\n"
            "        s.n += 1"
        ),
        6,
        "changes s.n",
    ),
    (
        "view-writes",
        (
            f"{HEAD}@scenario.player_view\ndef v(world, p):\n    a = world.get(1, A)\n"
            "    a.log.append(p)"
        ),
        6,
        "changes a.log",
    ),
    (
        "view-writes",
        (
            f"{HEAD}def help(world):\n    world.tag(1, 'seen')\ndef v(world):\n"
            "    return help(world)\nscenario.shared_view(v)"
        ),
        4,
        "a view calls help",
    ),
    (
        "view-writes",
        f"{HEAD}@scenario.turn\ndef v(world, p):\n    world.columns(A, writes=(A,))",
        5,
        "world.columns",
    ),
    # Numbers
    ("float-function", "import math\nx = math.sin(1)", 2, "math.sin"),
    ("float-function", "from math import exp\nx = exp(1)", 2, "math.exp"),
    ("float-function", "import math\nx = math.dist((0, 0), (1, 1))", 2, "math.dist"),
    ("float-function", "def f(x):\n    return x ** 0.5", 2, "raises to a power"),
    ("float-function", "def f(x):\n    return pow(x, 2)", 2, "pow()"),
    ("numpy-function", "import numpy as np\ndef f(x):\n    return np.sum(x)", 3, "numpy.sum"),
    ("numpy-function", "import numpy as np\ndef f(x):\n    return x.mean()", 3, ".mean()"),
    ("numpy-function", "from numpy import dot\ndef f(x):\n    return dot(x, x)", 3, "numpy.dot"),
    ("numpy-function", "import numpy as np\ndef f(x):\n    return np.linalg.norm(x)", 3, "linalg"),
    ("numpy-function", "import numpy as np\ndef f(x):\n    return x @ x", 3, "multiplies matrices"),
    ("unstable-sort", "import numpy as np\ndef f(x):\n    return np.argsort(x)", 3, "stable"),
    ("unstable-sort", "import numpy as np\ndef f(x):\n    return x.argsort()", 3, "stable"),
    # Exceptions
    ("catch-all", "def f():\n    try: go()\n    except: pass", 3, "bare except"),
    (
        "catch-all",
        "def f():\n    try: go()\n    except (ValueError, RecursionError): pass",
        3,
        "catches RecursionError",
    ),
]

FINE = [
    "import math\nx = math.sqrt(2) + math.floor(1.5) + math.fsum([1.0])",
    "from functools import reduce\nfrom collections import deque\nfrom typing import Any",
    "def f(a):\n    for x in sorted(set(a)): go(x)",
    "def f(a):\n    s = set(a)\n    return len(s), 3 in s, max(s), any(s), s == {1}",
    "def f(a):\n    s = set(a)\n    s = sorted(s)\n    return [x for x in s]",
    "def f(a):\n    return sum(1 for _ in set(a)), all(x > 1 for x in set(a))",
    "def f(a):\n    return {x + 1 for x in set(a)}, sorted(x for x in set(a))",
    "def f(d):\n    for k, v in d.items(): go(k, v)\n    return list(d), list(d.keys()), [*d]",
    "def f(a):\n    x = {}\n    x = dict(a)\n    for k in x: go(k)\n    return a - 1, a | 2",
    "def f(s: 'list[int]'):\n    return list(s)\ndef g():\n    s = {1}\n    return 1 in s",
    "K = {'a': 1}\nS = ('a',)\ndef f(world):\n    k = dict(K)\n    k['b'] = 2\n    return k, S",
    "K = []\ndef f(world, K):\n    K.append(1)\ndef g():\n    K = []\n    K.append(2)",
    "KINDS = []\nKINDS.append(int)\nfor n in (1, 2):\n    KINDS.append(n)",
    "from functools import cache\n@cache\ndef table(n: int):\n    return (n, n)",
    (
        "class A:\n    k = []\n    def __init__(self):\n        self.k = []\n    def f(self):\n"
        "        self.k.append(1)"
    ),
    (
        "from lqe.ecs import Component\nclass A(Component):\n    k: list[int] = []\nclass B(A):\n"
        "    def f(self):\n        self.k.append(1)"
    ),
    "class A:\n    n = 0\n    def f(self):\n        self.n += 1",
    "def f(world):\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n    g()\n    return n",
    "def f(world):\n    found = []\n    def g(x):\n        found.append(x)\n    g(1)\n    return found",
    "def f(world, k=None, n=(), s='x'):\n    k = k or []\n    k.append(1)",
    "class A:\n    def __hash__(self):\n        return hash('A')",
    "def hash(x):\n    return 1\ndef f(x):\n    return hash(x)",
    "def f(world):\n    stand = world.get(1, A)\n    stand.n += 1\n    world.spawn(stand)",
    (
        f"{HEAD}@scenario.shared_view\ndef v(world):\n    seen = {{}}\n    seen['a'] = 1\n"
        "    rows = [a for _, a in world.query(A)]\n    rows.sort(key=len)\n    return seen"
    ),
    (
        f"{HEAD}@scenario.system()\ndef s(world):\n    for _, a in world.query(A):\n        a.n += 1\n"
        "    world.random.choice([1, 2])"
    ),
    (
        "import numpy as np\ndef f(x):\n    return np.sqrt(x), np.sort(x, kind='stable'), x.argsort(kind="
        "'stable'), np.where(x > 0, x, -x)"
    ),
    "def f(x):\n    return 2 ** 10, x * x, sum(x), x.sum()",
    "def f():\n    try: go()\n    except Exception: pass\n    except (ValueError, KeyError): pass",
    (
        "class Bot:\n    def __init__(self, chance):\n        self.chance = chance\n    def decide(self, v):"
        "\n        self.goal = self.chance.random()\n        return []"
    ),
    "def f(a):\n    for x in set(a): go(x)  # doctor: set-order is fine, because go() only counts",
]


@pytest.mark.parametrize(("rule", "code", "line", "said"), BAD)
def test_a_cause_is_found_at_its_line_and_nothing_else(
    rule: str, code: str, line: int, said: str
) -> None:
    (found,) = causes(code)
    assert (found.rule, found.line, found.file) == (rule, line, "__init__.py")
    assert said in found.what
    assert str(found).startswith(f"__init__.py:{line} {found.what}: ")
    assert RULES[rule].why in str(found)
    assert RULES[rule].remedy in str(found)


@pytest.mark.parametrize("code", FINE)
def test_code_that_is_fine_is_left_alone(code: str) -> None:
    assert causes(code) == []


def test_every_rule_has_a_row() -> None:
    assert {rule for rule, *_ in BAD} == set(RULES)


def test_a_reason_is_needed_to_wave_a_rule_through() -> None:
    for comment in ("doctor: set-order is fine", "doctor: hash-or-id is fine, because I say so"):
        assert causes(f"def f(a):\n    return list(set(a))  # {comment}")


def test_state_of_another_module_is_found_where_it_is_changed() -> None:
    kept = "KEPT = {}\nCOUNT = 0\n"
    (direct,) = causes("from .kept import KEPT\ndef f(w):\n    KEPT['a'] = 1", kept=kept)
    assert (direct.file, direct.line, direct.rule) == ("__init__.py", 3, "global-state")
    (through,) = causes("from . import kept\ndef f(w):\n    kept.COUNT += 1", kept=kept)
    assert (through.line, through.what) == (3, "changes kept.COUNT")
    (called,) = causes("from . import kept\ndef f(w):\n    kept.KEPT.clear()", kept=kept)
    assert called.what == "changes kept.KEPT"
    assert causes("from . import kept\ndef f(w):\n    return kept.KEPT['a']", kept=kept) == []


def test_a_set_of_another_module_is_found_where_it_is_iterated() -> None:
    names = "NAMES = frozenset(('a', 'b'))\ndef some() -> set[str]: ...\n"
    (found,) = causes("from .names import NAMES\ndef f():\n    return list(NAMES)", names=names)
    assert (found.rule, found.line) == ("set-order", 3)
    (given,) = causes("from . import names\ndef f():\n    return list(names.some())", names=names)
    assert (given.rule, given.line) == ("set-order", 3)


def test_a_view_is_followed_into_other_modules() -> None:
    main = f"{HEAD}from . import views\nscenario.shared_view(views.everybody)\n"
    views = "from .more import row\ndef everybody(world):\n    return [row(world)]\n"
    more = "def row(world):\n    world.despawn(1)\ndef other(world):\n    world.despawn(2)\n"
    (found,) = causes(main, views=views, more=more)
    assert (found.file, found.line, found.function) == ("more.py", 2, "row")


def test_a_function_is_named_with_the_cause_that_stands_in_it() -> None:
    code = "def outer():\n    def inner(a):\n        return hash(a)\n    return inner\nx = id(1)\n"
    assert [(c.function, c.line) for c in causes(code)] == [("inner", 3), ("", 5)]


def test_files_that_are_no_python_are_not_read() -> None:
    assert find_causes({"__init__.py": b"", "assets/map.json": b"import os", "x.md": b"("}) == []


def test_the_sample_the_template_and_the_docs_are_clean() -> None:
    template = Path(new.__file__).parent / "template"
    for folder in (ROOT / "samples" / "sales_simulator", template):
        assert find_causes(read_source(folder).files) == [], folder
    for name, code in CODE.items():
        assert causes(code) == [], name
    assert {c.severity for c in find_causes(read_source(STONES).files)} == {"warning"}
