"""A player who notes everything: what was sent, acknowledged, decided and shown, and how soon."""

import asyncio
import random
import socket
from collections.abc import Callable
from time import perf_counter
from typing import Any

import msgspec
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from lqe.patches import apply_patch
from lqe.wire import Delta, OutcomeSent, Receipt, Rejected, ToClient, View
from tests.torture.asking import ticket

Order = tuple[str, dict[str, Any]]
_decode = msgspec.json.Decoder(ToClient).decode
_encode = msgspec.json.Encoder().encode
_VIEW_WITHIN_S = 20.0
# One of so many views is kept, to be compared with what the log says they had to show.
_KEPT = 40


class Seen(msgspec.Struct, frozen=True):
    """What a player was shown as of a position."""

    position: int
    world: dict[str, Any]
    you: dict[str, Any]


class Link(WSListener):
    """One connection of a player."""

    def __init__(self, hear: Callable[[Any], None]) -> None:
        self._hear = hear
        self.transport: WSTransport | None = None
        self.ended = asyncio.Event()
        self.closed: tuple[int, str] | None = None
        self.unheard: set[int] = set()
        self.position = -1

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002 - there is one
        self.transport = None
        self.ended.set()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            self._hear(_decode(frame.get_payload_as_bytes()))
        elif frame.msg_type == WSMsgType.CLOSE:
            self.closed = (frame.get_close_code().value, frame.get_close_reason() or "")
            transport.disconnect()

    def send(self, data: bytes) -> None:
        """Send a message, if the connection still is one."""
        if self.transport is not None:
            self.transport.send(WSMsgType.TEXT, data)


class Player:
    """One player of one session, over as many connections as it takes."""

    def __init__(self, world: str, name: str, *, tenant: str = "local", seed: int = 0) -> None:
        self.world, self.name, self.tenant = world, name, tenant
        self.session = f"{name}-s"
        self._chance = random.Random(f"{seed}{world}{name}")
        self.receipts: dict[int, set[int]] = {}
        self.outcomes: dict[int, OutcomeSent] = {}
        self.repeated: dict[int, OutcomeSent] = {}
        self.rejections: list[Rejected] = []
        self.refused: str | None = None
        self.latencies_s: list[float] = []
        self.outcomes_s: list[float] = []
        self.seen: list[Seen] = []
        self.gaps = self.connections = self.frames = self.tick = 0
        self._sent_at: dict[int, float] = {}
        self.pending: dict[int, Order] = {}
        self.seq = 0
        self.link: Link | None = None
        self._view: Seen | None = None
        self._waits = False
        self._welcome = asyncio.Event()

    # Connections

    async def connect(self, url: str, *, buffer: int = 0) -> Link:
        """Open a connection and wait for the first view; raise OSError if it cannot be had.

        `buffer` is how many bytes the system keeps for a player who does not read.
        """
        wanted = {"tenant": self.tenant, "world": self.world, "player": self.name}
        path = await ticket(url, {**wanted, "session": self.session})
        self._welcome.clear()
        self._waits = False
        address = url.replace("http", "ws", 1) + path
        _, link = await ws_connect(
            lambda: Link(self._hear),
            address,
            max_frame_size=1 << 26,
            socket_factory=lambda _: _socket(buffer) if buffer else None,
        )
        assert isinstance(link, Link)
        self.link = link
        self.connections += 1
        try:
            await asyncio.wait_for(self._welcomed(link), _VIEW_WITHIN_S)
        except BaseException:
            self.leave()
            raise
        if self.refused is not None:
            raise ConnectionRefusedError(self.refused)
        return link

    async def _welcomed(self, link: Link) -> None:
        waits = [asyncio.ensure_future(e.wait()) for e in (self._welcome, link.ended)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if not self._welcome.is_set():
            raise ConnectionResetError(f"{self.name}: closed before a view, {link.closed}")

    def leave(self) -> None:
        """End the connection."""
        if self.link is not None and self.link.transport is not None:
            self.link.transport.disconnect(graceful=False)

    # What is sent

    def order(self, *orders: Order) -> None:
        """Send new commands in one frame, numbered on."""
        first = self.seq + 1
        for order in orders:
            self.seq += 1
            self.pending[self.seq] = order
        self.send(range(first, self.seq + 1))

    def send(self, numbers: "range | list[int]") -> None:
        """Send commands that wait for their receipts, in one frame."""
        now = perf_counter()
        commands = []
        for seq in numbers:
            name, args = self.pending[seq]
            self._sent_at[seq] = now
            commands.append({"seq": seq, "name": name, "args": args})
        self.frames += 1
        if self.link is not None and commands:
            self.link.send(_encode({"type": "commands", "commands": commands}))

    def send_again(self) -> None:
        """Send what has no receipt once more, as the protocol says: in order, with its number."""
        waiting = sorted(self.pending)
        for start in range(0, len(waiting), 32):
            self.send(waiting[start : start + 32])

    # What is heard

    def _hear(self, message: Any) -> None:
        self.tick = max(self.tick, getattr(message, "tick", 0))
        if isinstance(message, Delta):
            self._follow(message)
        elif isinstance(message, Receipt):
            self._acknowledged(message)
        elif isinstance(message, OutcomeSent):
            self._decided(message)
        elif isinstance(message, View):
            self._view = Seen(message.position, message.world, message.you)
            self._keep()
            self._waits = False
            self.seq = max(self.seq, message.last_seq)
            # What was folded is recorded, with or without a receipt that arrived.
            self.pending = {s: o for s, o in self.pending.items() if s > message.last_seq}
            self._welcome.set()
        else:
            self.rejections.append(message)

    def _acknowledged(self, receipt: Receipt) -> None:
        now = perf_counter()
        for item in receipt.commands:
            self.receipts.setdefault(item.seq, set()).add(item.position)
            self.pending.pop(item.seq, None)
            sent = self._sent_at.get(item.seq)
            if sent is not None:
                self.latencies_s.append(now - sent)
            if self.link is not None:
                self.link.unheard.add(item.position)

    def _decided(self, outcome: OutcomeSent) -> None:
        if outcome.seq is None:
            self.refused = outcome.reason
            self._welcome.set()
            return
        known = self.repeated if outcome.code in ("duplicate", "stale") else self.outcomes
        known[outcome.seq] = outcome
        if self.link is not None:
            self.link.unheard.discard(outcome.position)
        sent = self._sent_at.pop(outcome.seq, None)
        if sent is not None:
            self.outcomes_s.append(perf_counter() - sent)

    def _follow(self, delta: Delta) -> None:
        view = self._view
        if view is None or delta.since != view.position:
            if not self._waits and self.link is not None:
                self.gaps += 1
                self._waits = True
                self.link.send(b'{"type":"view"}')
            return
        world, you = apply_patch(view.world, delta.world), apply_patch(view.you, delta.you)
        self._view = Seen(delta.position, world, you)
        if self._chance.randrange(_KEPT) == 0:
            self._keep()

    def _keep(self) -> None:
        if self._view is not None:
            self.seen.append(self._view)

    def look(self) -> Seen | None:
        """Keep what is in view now, and return it."""
        self._keep()
        return self._view


def _socket(buffer: int) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    return made
