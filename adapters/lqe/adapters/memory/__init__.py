"""Every port in memory: for tests, tools and worlds that need not outlive their process."""

from .connections import MemoryConnections
from .documents import MemoryDocuments
from .hot import MemoryHotEntities
from .log import MemoryLogs
from .objects import MemoryObjects
from .tickets import MemoryTickets

__all__ = [
    "MemoryConnections",
    "MemoryDocuments",
    "MemoryHotEntities",
    "MemoryLogs",
    "MemoryObjects",
    "MemoryTickets",
]
