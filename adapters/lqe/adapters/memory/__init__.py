"""Every port in memory: for tests, tools and worlds that need not outlive their process."""

from .cursors import MemoryCursors
from .hot import MemoryHotEntities
from .log import MemoryLogs
from .objects import MemoryObjects

__all__ = ["MemoryCursors", "MemoryHotEntities", "MemoryLogs", "MemoryObjects"]
