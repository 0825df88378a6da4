"""The log and the cursors in SQLite files, one a tenant."""

from .cursors import SQLiteCursors
from .log import SQLiteLogs

__all__ = ["SQLiteCursors", "SQLiteLogs"]
