"""A player's side of the protocol: keeps the view up to date and numbers commands."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import msgspec
from websockets.asyncio.client import ClientConnection, connect

from lqe.wire import Delta, OutcomeSent, Receipt, Rejected, SentSignal, ToClient, View, apply_patch

_decode = msgspec.json.Decoder(ToClient).decode


class Player:
    """One connected player. `view` is {"world": …, "you": …}; counters say what was heard."""

    def __init__(self, websocket: ClientConnection) -> None:
        self._websocket = websocket
        self.view: dict[str, Any] = {"world": {}, "you": {}}
        self.position = -1
        self.tick = 0
        self.session = ""
        self.welcome = asyncio.Event()
        self.refused: OutcomeSent | None = None
        self.sent = self.received = self.applied = self.gaps = 0
        self.refusals: dict[str, int] = {}
        self.rejections: list[Rejected] = []
        self.signals: list[SentSignal] = []
        self._seq = 0
        self.decided = 0

    async def order(self, *orders: tuple[str, dict[str, Any]]) -> None:
        """Send commands as one frame."""
        commands = []
        for name, args in orders:
            self._seq += 1
            commands.append({"seq": self._seq, "name": name, "args": args})
        self.sent += len(commands)
        frame = {"type": "commands", "commands": commands}
        await self._websocket.send(msgspec.json.encode(frame), text=True)

    async def listen(self) -> None:
        """Take in what the server says, until the connection ends."""
        async for message in self._websocket:
            await self._hear(_decode(message))

    async def _hear(self, message: Any) -> None:
        if isinstance(message, View):
            self.view = {"world": message.world, "you": message.you}
            self.position, self.tick = message.position, message.tick
            self.session = message.session
            self._seq = max(self._seq, message.last_seq)
            self.welcome.set()
        elif isinstance(message, Delta):
            await self._follow(message)
        elif isinstance(message, Receipt):
            self.received += len(message.commands)
        elif isinstance(message, OutcomeSent):
            self._note(message)
        elif isinstance(message, Rejected):
            self.rejections.append(message)

    async def _follow(self, delta: Delta) -> None:
        self.signals += delta.signals
        if delta.since != self.position:
            self.gaps += 1
            await self._websocket.send(b'{"type":"view"}', text=True)
            return
        self.view = {
            "world": apply_patch(self.view["world"], delta.world),
            "you": apply_patch(self.view["you"], delta.you),
        }
        self.position, self.tick = delta.position, delta.tick

    def _note(self, outcome: OutcomeSent) -> None:
        if outcome.seq is None:
            self.refused = outcome
            self.welcome.set()
            return
        self.decided += 1
        if outcome.code is None:
            self.applied += 1
        else:
            self.refusals[outcome.code] = self.refusals.get(outcome.code, 0) + 1


@asynccontextmanager
async def join(url: str, world: str, player: str, session: str = "") -> AsyncIterator[Player]:
    """Connect a player to a world and wait for the first view; raise ConnectionError if refused."""
    address = f"{url}/worlds/{quote(world)}?player={quote(player)}"
    if session:
        address += f"&session={quote(session)}"
    async with connect(address, max_size=None, compression=None) as websocket:
        me = Player(websocket)
        listening = asyncio.create_task(me.listen())
        try:
            await asyncio.wait_for(me.welcome.wait(), 30)
            if me.refused is not None:
                raise ConnectionError(f"{player} may not join: {me.refused.reason}")
            yield me
        finally:
            listening.cancel()
