"""Scenarios from folders, from installed packages, and from the sources kept with a log."""

from .code import PackagedCode, ScenarioCode
from .files import find_source, read_source, source_files
from .loader import fresh_code, load_source, module_of

__all__ = [
    "PackagedCode",
    "ScenarioCode",
    "find_source",
    "fresh_code",
    "load_source",
    "module_of",
    "read_source",
    "source_files",
]
