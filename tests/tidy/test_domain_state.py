"""No module of the domain holds mutable state: a warm process serves many tenants."""

import ast
from collections.abc import Iterable, Iterator
from typing import Final

import pytest

from tests.tidy.tree import modules

# fmt: off
MUTABLE: Final = frozenset({
    "ChainMap", "Counter", "OrderedDict", "WeakKeyDictionary", "WeakSet", "WeakValueDictionary",
    "bytearray", "defaultdict", "deque", "dict", "list", "local", "set",
})
# fmt: on
CACHES: Final = frozenset({"cache", "lru_cache"})
ALLOWED: Final[frozenset[tuple[str, str]]] = frozenset(
    {
        # What a type's name and fields are is a pure function of the type: nothing of a tenant.
        ("domain/lqe/ecs/component.py", "component_name"),
        ("domain/lqe/ecs/component.py", "column_types"),
        ("domain/lqe/ecs/finite.py", "finite_check"),
    }
)
_VALUES: Final = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
_BLOCKS: Final = (ast.If, ast.Try, ast.With, ast.For, ast.While)


def _name(node: ast.expr) -> str:
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _at_module_level(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    for node in body:
        yield node
        if isinstance(node, _BLOCKS):
            yield from _at_module_level(ast.iter_child_nodes(node))


def state(path: str, tree: ast.Module) -> Iterator[str]:
    """Say what in a module could carry something from one tenant to the next."""
    for node in _at_module_level(tree.body):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            value = node.value
            made = isinstance(value, ast.Call) and _name(value) in MUTABLE
            if (made or isinstance(value, _VALUES)) and _name(targets[0]) != "__all__":
                yield (
                    f"{path}:{node.lineno} {ast.unparse(targets[0])} is mutable: "
                    "a tuple, a frozenset or a MappingProxyType is not"
                )
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            yield f"{path}:{node.lineno} global {', '.join(node.names)}"
        if not isinstance(node, ast.FunctionDef) or (path, node.name) in ALLOWED:
            continue
        if CACHES & {_name(decorator) for decorator in node.decorator_list}:
            yield f"{path}:{node.lineno} {node.name} keeps a cache for the whole process"


def test_no_module_of_the_domain_holds_mutable_state() -> None:
    found = [line for path, tree in modules("domain") for line in state(path, tree)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "planted",
    [
        "WORLDS = {}",
        "WORLDS: Final[dict[str, int]] = {'a': 1}",
        "if True:\n    WORLDS = [1]",
        "WORLDS = collections.defaultdict(list)",
        "WORLDS = {n: n for n in range(3)}",
        "def remember():\n    global LAST\n    LAST = 1",
        "@functools.lru_cache(maxsize=9)\ndef world(tenant): ...",
    ],
)
def test_state_planted_in_a_module_is_found(planted: str) -> None:
    assert list(state("domain/lqe/planted.py", ast.parse(planted)))


@pytest.mark.parametrize(
    "constant",
    [
        "__all__ = ['a']",
        "NAMES: Final = ('a', 'b')",
        "KINDS = MappingProxyType({'a': 1})",
        "Pending = list[int]",
        "def fresh():\n    found = {}\n    return found",
    ],
)
def test_a_constant_is_no_state(constant: str) -> None:
    assert not list(state("domain/lqe/planted.py", ast.parse(constant)))
