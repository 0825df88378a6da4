"""Scenarios from folders, from installed packages, and from the sources kept with a log."""

from .code import PackagedCode, ScenarioCode
from .files import find_source, read_source
from .loader import load_source

__all__ = ["PackagedCode", "ScenarioCode", "find_source", "load_source", "read_source"]
