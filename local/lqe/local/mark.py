"""Which world a process folds or shows right now, written where it outlives the process."""

import mmap
import os
import tempfile
from struct import Struct
from typing import Final

import msgspec

# How often the mark moved, the position, and how long the name is that follows.
_HEAD: Final = Struct("<QqH")
_SIZE: Final = 256
NOBODY: Final = ("", "")


class Marked(msgspec.Struct, frozen=True):
    """A world, and the position that is folded (-1: it is shown); nobody's if idle."""

    moves: int = 0
    tenant: str = ""
    world: str = ""
    position: int = -1

    @property
    def key(self) -> tuple[str, str]:
        """The world, by tenant and name."""
        return self.tenant, self.world

    @property
    def is_idle(self) -> bool:
        """Whether no world is being touched."""
        return self.key == NOBODY


class Mark:
    """A few bytes of memory that two processes share; one writes, the other may read at any time.

    The system keeps it until both are gone, so it says what a process died over.
    """

    def __init__(self, file: int) -> None:
        self._memory = mmap.mmap(file, _SIZE)
        self._moves, self._position, self._length = 0, -1, 0
        self._key = NOBODY

    def at(self, tenant: str, world: str, position: int) -> None:
        """Say that a world is touched from now on."""
        if (tenant, world) != self._key:
            self.clear()
            name = f"{tenant}/{world}".encode()[: _SIZE - _HEAD.size]
            self._memory[_HEAD.size : _HEAD.size + len(name)] = name
            self._key, self._length = (tenant, world), len(name)
        self._position = position
        self.move()

    def move(self) -> None:
        """Say that work goes on."""
        self._moves += 1
        _HEAD.pack_into(self._memory, 0, self._moves, self._position, self._length)

    def clear(self) -> None:
        """Say that no world is touched."""
        self._key, self._position, self._length = NOBODY, -1, 0
        self.move()

    def read(self) -> Marked:
        """Return what is written. While the writer runs, it may be half of one thing and another's.

        Whoever looks twice and sees the same has seen something whole.
        """
        moves, position, length = _HEAD.unpack_from(self._memory)
        name = self._memory[_HEAD.size : _HEAD.size + length].decode(errors="replace")
        tenant, _, world = name.partition("/")
        return Marked(moves, tenant, world, position)


def shared_file() -> int:
    """Return a new file, of no folder, that a mark fits in; whoever has it open may map it."""
    if hasattr(os, "memfd_create"):
        file = os.memfd_create("lqe-mark")
    else:
        with tempfile.TemporaryFile() as nameless:
            file = os.dup(nameless.fileno())
    os.truncate(file, _SIZE)
    return file
