"""The log and the documents in SQLite files, one a tenant."""

from .documents import SQLiteDocuments
from .log import SQLiteLogs, log_in

__all__ = ["SQLiteDocuments", "SQLiteLogs", "log_in"]
