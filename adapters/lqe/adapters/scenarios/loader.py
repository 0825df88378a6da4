"""Scenario code made from its source, under a module name with its digest.

Two versions of one scenario live in one process, each with its own modules. Code is compiled
from the bytes that the log names, never from whatever lies in a folder now.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from itertools import count
from types import CodeType, ModuleType
from typing import Any

from lqe.errors import ScenarioError
from lqe.scenario import Scenario
from lqe.scenario.checks import check_scenario
from lqe.source import Source

from .allowed import forbidden_imports, scenario_builtins

_PREFIX = "lqe_scenario_"
_UNCHECKED = "_unchecked"
_ASSETS = "assets/"


class _SourceFinder(MetaPathFinder, Loader):
    """Finds and runs the modules of one source."""

    def __init__(self, source: Source, root: str) -> None:
        self._source = source
        self.root = root

    def find_spec(self, fullname: str, *_: Any) -> ModuleSpec | None:
        """Return the spec of a module of this source, or None."""
        file = self._file(fullname)
        if file is None:
            return None
        spec = ModuleSpec(fullname, self, is_package=file.endswith("__init__.py"))
        spec.origin = f"{self._source.package}/{file}"
        return spec

    def _file(self, fullname: str) -> str | None:
        if fullname == self.root:
            return "__init__.py"
        if not fullname.startswith(self.root + "."):
            return None
        path = fullname[len(self.root) + 1 :].replace(".", "/")
        for file in (f"{path}.py", f"{path}/__init__.py"):
            if file in self._source.files:
                return file
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Run a module with the built-in names that scenarios get."""
        file = self._file(module.__name__)
        assert file is not None
        unchecked = self.root.endswith(_UNCHECKED)
        module.__dict__["__builtins__"] = scenario_builtins(unchecked=unchecked)
        exec(self._compiled(file), module.__dict__)  # noqa: S102 - the scenario is code by design

    def get_source(self, fullname: str) -> str | None:
        """Return the text of a module, which tracebacks quote."""
        file = self._file(fullname)
        return None if file is None else self._source.files[file].decode(errors="replace")

    def _compiled(self, file: str) -> CodeType:
        name = f"{self._source.package}/{file}"
        return compile(self._source.files[file], name, "exec", dont_inherit=True)


def load_source(source: Source) -> Scenario:
    """Return the scenario that a source defines, all of it checked; raise ScenarioError."""
    scenario = load_recorded(source)
    check_scenario(scenario)
    return scenario


def load_recorded(source: Source, *, unchecked: bool = False) -> Scenario:
    """Return the scenario of a source whose rules are looked at elsewhere, or stand in a log.

    `unchecked` lets forbidden imports through: for doctor alone, which shows what they do.
    """
    if not unchecked:
        _check_imports(source)
    return _loaded(source, _root(source, unchecked=unchecked))


def _loaded(source: Source, root: str) -> Scenario:
    if root not in sys.modules:
        _install(source, root)
    scenario = getattr(sys.modules[root], "scenario", None)
    if not isinstance(scenario, Scenario):
        raise ScenarioError(
            f"{source.package}/__init__.py must define `scenario = Scenario(…)`, "
            f"got {type(scenario).__name__}"
        )
    scenario.assets = {
        name.removeprefix(_ASSETS): data
        for name, data in source.files.items()
        if name.startswith(_ASSETS)
    }
    return scenario


@contextmanager
def fresh_code(source: Source, *, unchecked: bool = False) -> Iterator[Callable[[str], Scenario]]:
    """Give a function that loads the scenario anew at every call, as another process would.

    Whatever its modules keep is not shared. They are forgotten when the block ends.
    """
    finders = len(sys.meta_path)
    roots: list[str] = []

    def load(digest: str) -> Scenario:
        if digest != source.digest:
            raise ScenarioError(f"expected scenario {source.digest:.16}…, asked for {digest:.16}…")
        number = next(n for n in count(1) if _root(source, n, unchecked) not in sys.modules)
        roots.append(_root(source, number, unchecked))
        return _loaded(source, roots[-1])

    try:
        yield load
    finally:
        for root in roots:
            _forget(root)
        assert len(sys.meta_path) == finders, "each finder goes with its modules"


def module_of(source: Source) -> ModuleType:
    """Return the package that a loaded source became: its types are those of its scenario."""
    return sys.modules[_root(source)]


def _root(source: Source, number: int = 0, unchecked: bool = False) -> str:  # noqa: FBT001, FBT002
    copy = f"_{number}" if number else ""
    return f"{_PREFIX}{source.digest[:20]}{copy}{_UNCHECKED if unchecked else ''}"


def _check_imports(source: Source) -> None:
    try:
        found = forbidden_imports(source.files)
    except SyntaxError as error:
        raise ScenarioError(
            f"{source.package}/{error.filename}:{error.lineno}: {error.msg}"
        ) from None
    if found:
        lines = "; ".join(map(str, found))
        raise ScenarioError(f"{source.package} imports what a scenario may not: {lines}")


def _install(source: Source, root: str) -> None:
    finder = _SourceFinder(source, root)
    sys.meta_path.insert(0, finder)
    try:
        __import__(root)
    except Exception as error:
        _forget(root)
        if isinstance(error, ScenarioError):
            raise
        raise ScenarioError(f"{source.package} cannot be loaded: {error!r}") from error


def _forget(root: str) -> None:
    """Take the modules of one loading, and what finds them, out of the process."""
    for name in [n for n in sys.modules if n == root or n.startswith(root + ".")]:
        del sys.modules[name]
    sys.meta_path[:] = [
        f for f in sys.meta_path if not (isinstance(f, _SourceFinder) and f.root == root)
    ]
