"""A scenario's modules as text: what their names mean, and which function calls which."""

import ast
import re
from collections.abc import Iterator, Mapping

import msgspec

from .cause import Cause

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_WAIVER = re.compile(r"#\s*doctor:\s*([\w-]+) is fine, because \S")


class Function(msgspec.Struct, frozen=True, eq=False):
    """A function of the package, and the class it is a method of."""

    module: "Module"
    node: FunctionNode
    owner: str = ""

    @property
    def name(self) -> str:
        """What it is called."""
        return self.node.name

    def arguments(self) -> list[ast.arg]:
        """Return its parameters."""
        args = self.node.args
        extra = [a for a in (args.vararg, args.kwarg) if a is not None]
        return [*args.posonlyargs, *args.args, *args.kwonlyargs, *extra]

    def worlds(self) -> set[str]:
        """Return the parameters that are a world, by annotation or by name."""
        return {
            a.arg
            for a in self.arguments()
            if a.arg == "world" or (a.annotation and "World" in ast.unparse(a.annotation))
        }

    def locals(self) -> set[str]:
        """Return the names that it binds, as long as it does not say that they are global."""
        bound = {a.arg for a in self.arguments()}
        outside: set[str] = set()
        for node in ast.walk(self.node):
            if isinstance(node, (ast.Global, ast.Nonlocal)):
                outside |= set(node.names)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                bound.add(node.id)
            elif isinstance(node, ast.arg):
                bound.add(node.arg)
        return bound - outside

    def cause(self, node: ast.AST, rule: str, what: str) -> Cause:
        """Return a cause at a node of this function."""
        return Cause(self.module.file, getattr(node, "lineno", 0), rule, what, self.name)


class Module:
    """One file: its tree, its functions, and what the names at its top level are bound to."""

    def __init__(self, file: str, content: bytes) -> None:
        self.file = file
        self.tree = ast.parse(content, file)
        self.lines = content.decode(errors="replace").splitlines()
        self.outside: dict[str, str] = {}
        self.inside: dict[str, tuple[str, str]] = {}
        self.top: dict[str, ast.expr | None] = {}
        self.classes = {n.name: n for n in ast.walk(self.tree) if isinstance(n, ast.ClassDef)}
        self.functions = list(self._functions(self.tree, ""))
        for node in ast.walk(self.tree):
            self._import(node)
        for statement in _at_top(self.tree.body):
            self._bind(statement)

    def _functions(self, tree: ast.AST, owner: str) -> Iterator[Function]:
        for child in ast.iter_child_nodes(tree):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield Function(self, child, owner)
            inner = child.name if isinstance(child, ast.ClassDef) else owner
            yield from self._functions(child, inner)

    def _import(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                self.outside[name] = alias.name if alias.asname else name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                name = alias.asname or alias.name
                if node.level == 0:
                    self.outside[name] = f"{node.module}.{alias.name}"
                else:
                    self.inside[name] = (self._sibling(node.level, node.module), alias.name)

    def _sibling(self, level: int, module: str | None) -> str:
        """Return the path, without its ending, that a relative import starts from."""
        parts = self.file.split("/")[:-1]
        parts = parts[: len(parts) - (level - 1)]
        return "/".join([*parts, *(module.split(".") if module else [])])

    def _bind(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                for node in ast.walk(target):
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                        self.top[node.id] = statement.value
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            self.top[statement.target.id] = statement.value

    def dotted(self, node: ast.AST) -> str:
        """Return the full name of something imported from outside, `numpy.random.rand`, or ""."""
        if isinstance(node, ast.Name):
            return self.outside.get(node.id, "")
        if isinstance(node, ast.Attribute):
            inner = self.dotted(node.value)
            return f"{inner}.{node.attr}" if inner else ""
        return ""


class Package:
    """All modules of a scenario."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.modules = {f: Module(f, data) for f, data in sorted(files.items()) if _is_code(f)}

    def functions(self) -> Iterator[Function]:
        """Yield every function of every module, methods and inner ones as well."""
        for module in self.modules.values():
            yield from module.functions

    def is_waived(self, cause: Cause) -> bool:
        """Say whether the line itself says that, and why, this is fine here."""
        lines = self.modules[cause.file].lines
        line = lines[cause.line - 1] if 0 < cause.line <= len(lines) else ""
        return any(rule == cause.rule for rule in _WAIVER.findall(line))

    def module_at(self, path: str) -> Module | None:
        """Return the module at a path without its ending."""
        names = ("__init__.py",) if not path else (f"{path}.py", f"{path}/__init__.py")
        return next((self.modules[n] for n in names if n in self.modules), None)

    def imported_module(self, module: Module, name: str) -> Module | None:
        """Return the module of this package that a name is bound to by `from . import name`."""
        if name not in module.inside:
            return None
        path, what = module.inside[name]
        return self.module_at(f"{path}/{what}" if path else what)

    def defined(self, module: Module, name: str) -> tuple[Module, str] | None:
        """Return where a module's name is defined at top level: there, or where it came from."""
        if name in module.top or name in module.classes:
            return module, name
        if name in module.inside and self.imported_module(module, name) is None:
            path, what = module.inside[name]
            origin = self.module_at(path)
            if origin is not None and origin is not module:
                return self.defined(origin, what)
        return None

    def named(self, module: Module, name: str) -> list[Function]:
        """Return the functions that a name means in a module."""
        own = [f for f in module.functions if f.name == name]
        if own or name not in module.inside:
            return own
        path, what = module.inside[name]
        origin = self.module_at(path)
        return [f for f in origin.functions if f.name == what] if origin is not None else []

    def called(self, module: Module, call: ast.AST) -> list[Function]:
        """Return the functions of this package that an expression means, where it can be seen."""
        if isinstance(call, ast.Name):
            return self.named(module, call.id)
        if isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name):
            other = self.imported_module(module, call.value.id)
            if other is not None:
                return self.named(other, call.attr)
            if call.value.id == "self":
                return [f for f in module.functions if f.owner and f.name == call.attr]
        return []

    def reached(self, *starts: Function) -> list[Function]:
        """Return the functions and all that they mention, directly or not."""
        found = dict.fromkeys(starts)
        waiting = list(starts)
        while waiting:
            function = waiting.pop()
            for node in ast.walk(function.node):
                if not isinstance(node, (ast.Name, ast.Attribute)):
                    continue
                for other in self.called(function.module, node):
                    if other not in found:
                        found[other] = None
                        waiting.append(other)
        return list(found)

    def registered(self, *kinds: str) -> list[Function]:
        """Return the functions given to the scenario as one of `kinds`: `system`, `shared_view`."""
        found: dict[Function, None] = {}
        for function in self.functions():
            if any(_registers(d, kinds) for d in function.node.decorator_list):
                found[function] = None
        for module in self.modules.values():
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Call) and _registers(node.func, kinds):
                    for argument in node.args:
                        found |= dict.fromkeys(self.called(module, argument))
        return list(found)


def _registers(node: ast.expr, kinds: tuple[str, ...]) -> bool:
    """Say whether an expression is `scenario.KIND` or `scenario.KIND(…)`."""
    node = node.func if isinstance(node, ast.Call) else node
    return isinstance(node, ast.Attribute) and node.attr in kinds


def _is_code(file: str) -> bool:
    return file.endswith(".py")


def _at_top(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        for name in ("body", "orelse", "finalbody"):
            if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield from _at_top(getattr(statement, name, []))


def root_of(node: ast.AST) -> str:
    """Return the name that `a.b[c].d` begins with, or ""."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
