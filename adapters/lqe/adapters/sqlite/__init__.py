"""The log and the documents in SQLite files, one a tenant."""

from .documents import SQLiteDocuments
from .log import SQLiteLogs

__all__ = ["SQLiteDocuments", "SQLiteLogs"]
