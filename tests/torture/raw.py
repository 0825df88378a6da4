"""A WebSocket by hand: sends any bytes whatever, and reads what comes back."""

import asyncio
import contextlib
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tests.torture.asking import ticket
from tests.torture.frames import CLOSE, PONG, TEXT

_HEARS_WITHIN_S = 20.0


class Ended(Exception):
    """The server closed the connection; `code` is that of its close frame, None without one."""

    def __init__(self, code: int | None, reason: str = "") -> None:
        super().__init__(f"closed with {code} {reason}")
        self.code = code


class Raw:
    """One connection, after its handshake."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.pongs = 0

    @classmethod
    async def open(cls, url: str, world: str, player: str) -> "Raw":
        """Open a socket for a player."""
        socket = await ticket(url, {"world": world, "player": player, "session": player})
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        head = (
            f"GET {socket} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n"
        )
        writer.write(head.encode())
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _HEARS_WITHIN_S)
        if b" 101 " not in answer:
            raise ConnectionRefusedError(answer.decode())
        return cls(reader, writer)

    async def send(self, data: bytes) -> None:
        """Send bytes."""
        with contextlib.suppress(ConnectionError):
            self._writer.write(data)
            await self._writer.drain()

    def stop_reading(self) -> None:
        """Take in nothing any more."""
        self._writer.transport.pause_reading()  # type: ignore[attr-defined] # a socket's can

    async def hear(self, kind: str) -> dict[str, Any]:
        """Return the next message of a type; raise Ended if the connection ends before."""
        async with asyncio.timeout(_HEARS_WITHIN_S):
            while True:
                opcode, payload = await self._frame()
                if opcode == CLOSE:
                    code = int.from_bytes(payload[:2], "big") if payload else None
                    raise Ended(code, payload[2:].decode())
                if opcode == PONG:
                    self.pongs += 1
                elif opcode == TEXT and payload.startswith(b'{"type":"%b"' % kind.encode()):
                    message: dict[str, Any] = msgspec.json.decode(payload)
                    return message

    async def _frame(self) -> tuple[int, bytes]:
        try:
            first, second = await self._reader.readexactly(2)
            size = second & 0x7F
            if size >= 126:
                size = int.from_bytes(
                    await self._reader.readexactly(2 if size == 126 else 8), "big"
                )
            return first & 0x0F, await self._reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise Ended(None) from None

    async def end(self) -> int | None:
        """Wait for the server to end the connection; return the code it gives."""
        try:
            await self.hear("nothing has this type")
        except Ended as ended:
            return ended.code
        raise AssertionError

    def abort(self) -> None:
        """Drop the connection."""
        self._writer.transport.abort()
