"""Bytes kept in memory, up to a total size; what was not used for longest is dropped first."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Kept(Generic[K]):
    """A cache of bytes for threads to share."""

    def __init__(self, max_bytes: int) -> None:
        self._max = max_bytes
        self._size = 0
        self._all: OrderedDict[K, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K) -> bytes | None:
        """Return what is kept under a key."""
        with self._lock:
            found = self._all.get(key)
            if found is not None:
                self._all.move_to_end(key)
            return found

    def put(self, key: K, value: bytes) -> None:
        """Keep a value; drop others to make room."""
        with self._lock:
            self._size += len(value) - len(self._all.pop(key, b""))
            self._all[key] = value
            while self._size > self._max and len(self._all) > 1:
                _, dropped = self._all.popitem(last=False)
                self._size -= len(dropped)
