"""The same fields of all bodies at once, between the compiled library and a component's arrays."""

import numpy as np
from numpy.typing import NDArray
from pymunk._chipmunk_cffi import ffi, lib

from lqe.ecs.columns import ColumnStore

from .build import RawSpace

_READ_BODY = ffi.addressof(lib, "pmSpaceBodyGetIteratorFuncBatched")
_WRITE_BODY = ffi.addressof(lib, "pmSpaceBodySetIteratorFuncBatched")
_EACH_ARBITER = ffi.addressof(lib, "pmSpaceArbiterIteratorFuncBatched")
Ints = NDArray[np.uint64]


class Batch:
    """A buffer that the compiled library fills with, or empties into, the same fields of all."""

    def __init__(self, fields: int) -> None:
        self._floats = ffi.gc(lib.pmFloatArrayNew(0), lib.pmFloatArrayFree)
        self._ints = ffi.gc(lib.pmIntArrayNew(0), lib.pmIntArrayFree)
        self._data = ffi.new("pmBatchedData *")
        self._data.fields = fields
        self._data.floatArray = self._floats
        self._data.intArray = self._ints

    def floats(self, space: RawSpace) -> NDArray[np.float64]:
        """Read the float fields of every body; the array is valid until the next read."""
        self._floats.num = self._ints.num = 0
        lib.cpSpaceEachBody(space, _READ_BODY, self._data)
        return np.frombuffer(ffi.buffer(self._floats.arr, 8 * self._floats.num))

    def write(self, space: RawSpace) -> None:
        """Give every body what the array that `floats` returned says by now."""
        self._floats.num = self._ints.num = 0
        lib.cpSpaceEachBody(space, _WRITE_BODY, self._data)

    def ints(self, space: RawSpace, *, arbiters: bool) -> Ints:
        """Read the whole-number fields of every body or arbiter."""
        self._floats.num = self._ints.num = 0
        if arbiters:
            lib.cpSpaceEachCachedArbiter(space, _EACH_ARBITER, self._data)
        else:
            lib.cpSpaceEachBody(space, _READ_BODY, self._data)
        if not self._ints.num:
            return np.empty(0, np.uint64)
        return np.frombuffer(ffi.buffer(self._ints.arr, 8 * self._ints.num), np.uint64)


class Mirror:
    """One column component that bodies fill: which row is whose, and both ways of copying."""

    def __init__(self, store: ColumnStore, fields: int) -> None:
        self.store = store
        self.batch = Batch(fields)
        self.rows: NDArray[np.int64] = np.empty(0, np.int64)
        self.runs: list[tuple[slice, slice]] = []
        store.stale = False
        store.written = False
