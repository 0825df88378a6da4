"""Imports that a scenario may not make, by what they would bring in."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from lqe.adapters.scenarios.allowed import forbidden_imports_of

from .cause import Cause
from .package import Package

_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("time", "datetime", "calendar", "sched", "timeit", "zoneinfo"), "clock"),
        **dict.fromkeys(("random", "secrets", "uuid", "tempfile"), "randomness"),
        **dict.fromkeys(
            ("os", "sys", "platform", "locale", "getpass", "pwd", "site", "sysconfig", "gc",
             "resource", "importlib", "inspect", "weakref"),
            "environment",
        ),
        **dict.fromkeys(
            ("io", "pathlib", "socket", "subprocess", "urllib", "http", "sqlite3", "shutil", "glob",
             "logging", "requests", "ssl", "select", "pickle", "shelve", "csv"),
            "io",
        ),
        **dict.fromkeys(
            ("threading", "asyncio", "multiprocessing", "concurrent", "queue", "signal"), "threads"
        ),
    }
)  # fmt: skip


def in_imports(package: Package) -> Iterator[Cause]:
    """Yield every import that the loader refuses."""
    for module in package.modules.values():
        for found in forbidden_imports_of(module.file, module.tree):
            rule = "randomness" if found.module.startswith("numpy.random") else ""
            rule = rule or _KINDS.get(found.module.partition(".")[0], "import")
            yield Cause(found.file, found.line, rule, f"imports {found.module}")
