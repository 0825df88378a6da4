"""HTTP by hand: a request, its answer, and nothing that hides either."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import msgspec

_ANSWERS_WITHIN_S = 15.0


async def ask(url: str, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
    """Return status and body of an answer; raise OSError or TimeoutError if there is none."""
    async with asyncio.timeout(_ANSWERS_WITHIN_S):
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            head = f"{method} {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            answer = await reader.read(-1)
        finally:
            writer.close()
    head_of, _, content = answer.partition(b"\r\n\r\n")
    words = head_of.split(maxsplit=2)
    if len(words) < 2:
        raise ConnectionResetError(f"no answer to {method} {path}")
    return int(words[1]), content


async def ticket(url: str, wanted: dict[str, str]) -> str:
    """Return the path of the socket that a new ticket opens; raise ConnectionError without one."""
    status, content = await ask(url, "POST", "/v1/tickets", msgspec.json.encode(wanted))
    if status != 201:
        raise ConnectionRefusedError(f"no ticket: {status} {content.decode()}")
    issued: dict[str, Any] = msgspec.json.decode(content)
    return str(issued["socket"])


async def figure(url: str, name: str) -> float:
    """Return the sum of a metric over its labels."""
    _, page = await ask(url, "GET", "/v1/metrics")
    lines = [line.rpartition(" ") for line in page.decode().splitlines() if line[:1] != "#"]
    return sum(float(value) for key, _, value in lines if key.partition("{")[0] == name)
