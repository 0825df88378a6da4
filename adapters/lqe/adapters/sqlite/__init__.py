"""The log and the documents in SQLite files, one a tenant."""

from .documents import SQLiteDocuments
from .log import SQLiteLogs, log_in
from .reading import SERVER_LOCK

__all__ = ["SERVER_LOCK", "SQLiteDocuments", "SQLiteLogs", "log_in"]
