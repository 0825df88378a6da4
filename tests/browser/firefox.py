"""A headless Firefox as it is installed, driven over WebDriver BiDi."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

_STARTS_WITHIN_S = 60.0
_LOOKS_EVERY_S = 0.1
_ADDRESS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")


class Tab:
    """A tab of the browser; `complaints` is what the browser found wrong with its page."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._number = 0
        self._context = ""
        self.complaints: list[str] = []

    async def open(self) -> None:
        """Begin a session, with the one tab that there is."""
        await self._do("session.new", capabilities={})
        await self._do("session.subscribe", events=["log.entryAdded"])
        tree = await self._do("browsingContext.getTree")
        self._context = tree["contexts"][0]["context"]

    async def go_to(self, url: str) -> None:
        """Load a page."""
        await self._do("browsingContext.navigate", context=self._context, url=url, wait="complete")

    async def run(self, script: str) -> Any:
        """Return what an expression of plain values comes to in the page."""
        target = {"context": self._context}
        asked = {"expression": script, "target": target, "awaitPromise": True}
        found = await self._do("script.evaluate", **asked)
        assert found["type"] == "success", found
        return found["result"].get("value")

    async def until(self, script: str, within_s: float) -> None:
        """Wait until an expression is true in the page."""
        async with asyncio.timeout(within_s):
            while await self.run(f"Boolean({script})") is not True:  # noqa: ASYNC110 - no event says so
                await asyncio.sleep(_LOOKS_EVERY_S)

    async def _do(self, method: str, **params: Any) -> Any:
        self._number += 1
        await self._socket.send(
            json.dumps({"id": self._number, "method": method, "params": params})
        )
        while True:
            said = json.loads(await self._socket.recv())
            if said.get("id") == self._number:
                assert said["type"] == "success", said
                return said["result"]
            entry = said.get("params", {})
            if said.get("method") == "log.entryAdded" and entry["level"] in ("error", "warn"):
                self.complaints.append(entry["text"])


@asynccontextmanager
async def firefox(path: str, profile: Path) -> AsyncIterator[Tab]:
    """Run a browser with a profile of its own, and give its tab."""
    process = await asyncio.create_subprocess_exec(
        path, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port=0",
        "about:blank", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        address = await asyncio.wait_for(_address(process), _STARTS_WITHIN_S)
        assert process.stderr is not None
        rest = asyncio.ensure_future(process.stderr.read())  # what it says must not fill the pipe
        async with connect(f"{address}/session", max_size=None) as socket:
            tab = Tab(socket)
            await tab.open()
            yield tab
        rest.cancel()
    finally:
        process.kill()
        await process.wait()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    said = ""
    async for line in process.stderr:
        said += line.decode(errors="replace")
        found = _ADDRESS.search(said)
        if found:
            return found[1]
    raise AssertionError(f"the browser ended at once: {said}")
