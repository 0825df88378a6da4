"""A player's side of the protocol: keeps the view up to date and numbers commands."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import Request, urlopen

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from lqe.closing import comes_back
from lqe.limits import MAX_FRAME_COMMANDS
from lqe.patches import apply_patch
from lqe.wire import (
    Closing,
    Delta,
    OutcomeSent,
    Receipt,
    Rejected,
    SentSignal,
    ToClient,
    View,
)

_decode = msgspec.json.Decoder(ToClient).decode
_ANSWERS_WITHIN_S = 30
# A world that was asleep is folded first, and a line may be slow.
_FIRST_VIEW_WITHIN_S = 120
_ASK_AGAIN_S = 2.0
# A pong waits behind a view that is on its way over a slow line.
_PONG_WITHIN_S = 120
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 5.0


class _Issued(msgspec.Struct):
    """What of a ticket's answer matters here."""

    socket: str


class NoTicket(ConnectionError):
    """The server hands out no ticket; asking again is of use only if `for_now`."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        busy = status == HTTPStatus.TOO_MANY_REQUESTS
        self.for_now = busy or status >= HTTPStatus.INTERNAL_SERVER_ERROR


class Player:
    """One connected player. `view` is {"world": …, "you": …}; counters say what was heard.

    `over` says why the server wants this player's connection no more, "" while it does.
    """

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
        self.over = ""
        self._undecided: dict[int, dict[str, Any]] = {}
        self._unrecorded: set[int] = set()
        self._asked_at: float | None = None
        self._closing: Closing | None = None

    async def order(self, *orders: tuple[str, dict[str, Any]]) -> None:
        """Send commands as one frame; raise ConnectionError if the connection is over for good.

        What is sent while the connection is lost is sent again when it is back.
        """
        if self.over:
            raise ConnectionError(self.over)
        commands = []
        for name, args in orders:
            self.seq += 1
            commands.append({"seq": self.seq, "name": name, "args": args})
            self._undecided[self.seq] = commands[-1]
            self._unrecorded.add(self.seq)
        self.sent += len(commands)
        await self._send(commands)

    async def repeat(self) -> None:
        """Send again what no outcome was heard of: the fold takes each `seq` once."""
        waiting = list(self._undecided.values())
        for start in range(0, len(waiting), MAX_FRAME_COMMANDS):
            await self._send(waiting[start : start + MAX_FRAME_COMMANDS])

    async def _send(self, commands: list[dict[str, Any]]) -> None:
        frame = {"type": "commands", "commands": commands}
        with suppress(ConnectionClosed):
            await self.websocket.send(msgspec.json.encode(frame), text=True)

    async def listen(self) -> None:
        """Take in what the server says, until the connection ends.

        What a gateway says in its own words, as when a function fails, is `strange`.
        """
        with suppress(ConnectionClosed):
            async for message in self.websocket:
                try:
                    heard = _decode(message)
                except msgspec.DecodeError:
                    self.strange += 1
                else:
                    await self.hear(heard)

    def ended(self) -> None:
        """Note that the connection ended: for good, if its code says so."""
        code, reason = self.websocket.close_code or 1006, self.websocket.close_reason or ""
        if self._closing is not None:
            code, reason = self._closing.code, self._closing.reason
        if not comes_back(code):
            self.end(f"the server closed the connection for good ({code}): {reason}")

    def end(self, why: str) -> None:
        """Note why there will be no connection any more."""
        self.over = why
        self.welcome.set()

    def back(self, websocket: ClientConnection) -> None:
        """Go on over another connection, from its first view."""
        self.websocket = websocket
        self.refused = self._closing = self._asked_at = None
        self.welcome.clear()

    async def hear(self, message: Any) -> None:
        """Take in one message."""
        if isinstance(message, View):
            self.view = {"world": message.world, "you": message.you}
            self.position, self.tick = message.position, message.tick
            self.session = message.session
            self.seq = max(self.seq, message.last_seq)
            self._asked_at = None
            if not self.welcome.is_set():
                self.welcome.set()
                await self.repeat()
        elif isinstance(message, Delta):
            await self._follow(message)
        elif isinstance(message, Receipt):
            self._record(item.seq for item in message.commands)
        elif isinstance(message, OutcomeSent):
            self._note(message)
        elif isinstance(message, Rejected):
            self.rejections.append(message)
        elif isinstance(message, Closing):
            self._closing = message

    def _record(self, numbers: Iterable[int]) -> None:
        """Count commands that are recorded, each once however often it was sent."""
        news = self._unrecorded.intersection(numbers)
        self._unrecorded -= news
        self.received += len(news)

    async def _follow(self, delta: Delta) -> None:
        self.signals += delta.signals
        if delta.since != self.position:
            await self._ask()
            return
        self.deltas += 1
        self.view = {
            "world": apply_patch(self.view["world"], delta.world),
            "you": apply_patch(self.view["you"], delta.you),
        }
        self.position, self.tick = delta.position, delta.tick

    async def _ask(self) -> None:
        """Ask for a view, and again if none comes: a wish can be lost."""
        now = asyncio.get_running_loop().time()
        self.gaps += self._asked_at is None
        if self._asked_at is None or now - self._asked_at >= _ASK_AGAIN_S:
            self._asked_at = now
            with suppress(ConnectionClosed):
                await self.websocket.send(b'{"type":"view"}', text=True)

    def _note(self, outcome: OutcomeSent) -> None:
        if outcome.seq is None:
            self.refused = outcome
            self.welcome.set()
            return
        if self._undecided.pop(outcome.seq, None) is None:
            return  # it was repeated, and its first outcome was heard as well
        self._record([outcome.seq])
        self.decided += 1
        if outcome.code is None:
            self.applied += 1
        else:
            self.refusals[outcome.code] = self.refusals.get(outcome.code, 0) + 1


def ticket(
    url: str, world: str, player: str, session: str = "", tenant: str = "local", key: str = ""
) -> str:
    """Return the address of the socket that a new ticket opens; raise NoTicket if refused.

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
        reason = f"no ticket for {player}: {error.read().decode()}"
        raise NoTicket(reason, error.code) from None
    return urljoin(url.replace("http", "ws", 1), issued.socket)


@asynccontextmanager
async def join(
    url: str,
    world: str,
    player: str,
    session: str = "",
    tenant: str = "local",
    key: str | Callable[[], str] = "",
) -> AsyncIterator[Player]:
    """Connect a player to a world and wait for the first view; raise ConnectionError if refused.

    Who loses the connection comes back to the same session, unless the server says not to. `key` is
    the tenant's, or what returns a token that is good now: a connection ends with its token.
    """

    async def opened(session: str) -> ClientConnection:
        shown = key if isinstance(key, str) else await asyncio.to_thread(key)
        address = await asyncio.to_thread(ticket, url, world, player, session, tenant, shown)
        return await connect(address, max_size=None, compression=None, ping_timeout=_PONG_WITHIN_S)

    me = Player(await opened(session))
    me.session = session
    staying = asyncio.create_task(_stay(me, opened))
    try:
        await asyncio.wait_for(me.welcome.wait(), _FIRST_VIEW_WITHIN_S)
        if me.refused is not None or me.over:
            why = me.over or (me.refused and me.refused.reason)
            raise ConnectionError(f"{player} may not join: {why}")
        yield me
    finally:
        staying.cancel()
        await me.websocket.close()


async def _stay(me: Player, opened: Callable[[str], Awaitable[ClientConnection]]) -> None:
    """Listen, and come back with a pause that doubles, until the server wants this no more."""
    pause_s = _FIRST_PAUSE_S
    while True:
        await me.listen()
        me.ended()
        if me.over:
            return
        if me.welcome.is_set() and me.refused is None:
            pause_s = _FIRST_PAUSE_S
        # With some chance in it, so that not all come at once.
        await asyncio.sleep(pause_s * random.uniform(0.75, 1.25))  # noqa: S311 - no secret
        pause_s = min(_LONGEST_PAUSE_S, pause_s * 2)
        try:
            me.back(await opened(me.session))
        except NoTicket as error:
            if not error.for_now:
                me.end(str(error))
                return
        except (OSError, WebSocketException):
            continue
