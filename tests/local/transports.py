"""A transport without a network: what was written to it, and what its protocol asked of it."""

import asyncio
from typing import Any

_HIGH_WATER = 64 * 1024


class FakeTransport(asyncio.Transport):
    """Takes all that is written; nobody reads it before the test does."""

    def __init__(self, peer: str = "192.0.2.1") -> None:
        super().__init__({"peername": (peer, 50_000)})
        self.protocol: Any = None
        self.written = bytearray()
        self.reads = True
        self.closed = self.aborted = self.ended = False
        self._is_full = False

    def connect(self, protocol: Any) -> None:
        """Be the transport of a protocol."""
        self.protocol = protocol
        protocol.connection_made(self)

    def give(self, data: bytes) -> int:
        """Let a client send, as much as is read of it; return how much that was."""
        taken = 0
        while taken < len(data) and self.reads and not self.is_closing():
            buffer = self.protocol.get_buffer(-1)
            size = min(len(buffer), len(data) - taken)
            buffer[:size] = data[taken : taken + size]
            taken += size
            self.protocol.buffer_updated(size)
        return taken

    def take(self) -> bytes:
        """Let the client read all that waits for it."""
        taken = bytes(self.written)
        self.written.clear()
        if self._is_full:
            self._is_full = False
            self.protocol.resume_writing()
        return taken

    def write(self, data: Any) -> None:
        self.written += data
        if len(self.written) > _HIGH_WATER and not self._is_full:
            self._is_full = True
            self.protocol.pause_writing()

    def get_write_buffer_size(self) -> int:
        return len(self.written)

    def pause_reading(self) -> None:
        assert self.reads
        self.reads = False

    def resume_reading(self) -> None:
        assert not self.reads
        self.reads = True

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.ended = True

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.protocol.connection_lost(None)

    def abort(self) -> None:
        self.aborted = True
        self.close()
