"""A player's side of the protocol: keeps the view up to date and numbers commands."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import Request, urlopen

import msgspec
from websockets.asyncio.client import ClientConnection, connect

from lqe.limits import MAX_FRAME_COMMANDS
from lqe.patches import apply_patch
from lqe.wire import Delta, OutcomeSent, Receipt, Rejected, SentSignal, ToClient, View

_decode = msgspec.json.Decoder(ToClient).decode
_ANSWERS_WITHIN_S = 30


class _Issued(msgspec.Struct):
    """What of a ticket's answer matters here."""

    socket: str


class Player:
    """One connected player. `view` is {"world": …, "you": …}; counters say what was heard."""

    def __init__(self, websocket: ClientConnection) -> None:
        self.websocket = websocket
        self.view: dict[str, Any] = {"world": {}, "you": {}}
        self.position = -1
        self.tick = 0
        self.session = ""
        self.welcome = asyncio.Event()
        self.refused: OutcomeSent | None = None
        self.sent = self.received = self.applied = self.gaps = self.deltas = 0
        self.strange = 0
        self.refusals: dict[str, int] = {}
        self.rejections: list[Rejected] = []
        self.signals: list[SentSignal] = []
        self.seq = 0
        self.decided = 0
        self._undecided: dict[int, dict[str, Any]] = {}
        self._waits = False

    async def order(self, *orders: tuple[str, dict[str, Any]]) -> None:
        """Send commands as one frame."""
        commands = []
        for name, args in orders:
            self.seq += 1
            commands.append({"seq": self.seq, "name": name, "args": args})
            self._undecided[self.seq] = commands[-1]
        self.sent += len(commands)
        await self._send(commands)

    async def repeat(self) -> None:
        """Send again what no outcome was heard of: the fold takes each `seq` once."""
        waiting = list(self._undecided.values())
        for start in range(0, len(waiting), MAX_FRAME_COMMANDS):
            await self._send(waiting[start : start + MAX_FRAME_COMMANDS])

    async def _send(self, commands: list[dict[str, Any]]) -> None:
        frame = {"type": "commands", "commands": commands}
        await self.websocket.send(msgspec.json.encode(frame), text=True)

    async def listen(self) -> None:
        """Take in what the server says, until the connection ends.

        What a gateway says in its own words, as when a function fails, is `strange`.
        """
        async for message in self.websocket:
            try:
                heard = _decode(message)
            except msgspec.DecodeError:
                self.strange += 1
            else:
                await self.hear(heard)

    async def hear(self, message: Any) -> None:
        """Take in one message."""
        if isinstance(message, View):
            self.view = {"world": message.world, "you": message.you}
            self.position, self.tick = message.position, message.tick
            self.session = message.session
            self.seq = max(self.seq, message.last_seq)
            self._waits = False
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
            if not self._waits:
                self.gaps += 1
                self._waits = True
                await self.websocket.send(b'{"type":"view"}', text=True)
            return
        self.deltas += 1
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
        if self._undecided.pop(outcome.seq, None) is None:
            return  # it was repeated, and its first outcome was heard as well
        self.decided += 1
        if outcome.code is None:
            self.applied += 1
        else:
            self.refusals[outcome.code] = self.refusals.get(outcome.code, 0) + 1


def ticket(
    url: str, world: str, player: str, session: str = "", tenant: str = "local", key: str = ""
) -> str:
    """Return the address of the socket that a new ticket opens; raise ConnectionError if refused.

    `url` is that of the server, `key` the tenant's if the server wants one.
    """
    wanted = {"tenant": tenant, "world": world, "player": player}
    if session:
        wanted["session"] = session
    headers = {"Content-Type": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    asked = Request(f"{url}/v1/tickets", msgspec.json.encode(wanted), headers)  # noqa: S310 - the caller's server
    try:
        with urlopen(asked, timeout=_ANSWERS_WITHIN_S) as answer:  # noqa: S310 - likewise
            issued = msgspec.json.decode(answer.read(), type=_Issued)
    except HTTPError as error:
        raise ConnectionError(f"no ticket for {player}: {error.read().decode()}") from None
    return urljoin(url.replace("http", "ws", 1), issued.socket)


@asynccontextmanager
async def join(
    url: str, world: str, player: str, session: str = "", tenant: str = "local", key: str = ""
) -> AsyncIterator[Player]:
    """Connect a player to a world and wait for the first view; raise ConnectionError if refused."""
    address = await asyncio.to_thread(ticket, url, world, player, session, tenant, key)
    async with connect(address, max_size=None, compression=None) as websocket:
        me = Player(websocket)
        listening = asyncio.create_task(me.listen())
        try:
            await asyncio.wait_for(me.welcome.wait(), _ANSWERS_WITHIN_S)
            if me.refused is not None:
                raise ConnectionError(f"{player} may not join: {me.refused.reason}")
            yield me
        finally:
            listening.cancel()
