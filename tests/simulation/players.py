"""Players: what their clients send, what they hear, and what they make of it."""

from random import Random
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lqe.patches import apply_patch
from lqe.wire import (
    Closing,
    Delta,
    OutcomeSent,
    Receipt,
    Rejected,
    ToClient,
    View,
    ViewUnavailable,
)

if TYPE_CHECKING:
    from tests.simulation.cloud import Cloud

_decode = msgspec.json.Decoder(ToClient).decode
_MOST_IN_A_FRAME: Final = 4
_MOST_US: Final = 29_000_000  # for which API Gateway waits for a function
# What no schema admits; the name is not one of the game's.
_NONSENSE: Final = ("{", '{"type":"commands","commands":[{"seq":1,"name":"steal"}]}', "[]")


class Seen(msgspec.Struct, frozen=True):
    """A world as a client saw it at a position, whole or put together from deltas."""

    position: int
    tick: int
    world: Any
    you: Any


class Client:
    """One player's client. It keeps everything that it ever sent and heard, to be checked."""

    def __init__(self, cloud: "Cloud", tenant: str, world: str, player: str) -> None:
        self.tenant, self.world, self.player = tenant, world, player
        self.sent: dict[tuple[str, int], tuple[str, dict[str, Any]]] = {}
        self.frames: dict[str, list[dict[str, Any]]] = {}
        self.receipts: list[tuple[str, int, int]] = []
        self.outcomes: list[tuple[str, OutcomeSent]] = []
        self.seen: list[Seen] = []
        self._cloud = cloud
        self._connection = self._tried = ""
        self._connecting = False
        self._session = 1
        self._next = 1
        self._open: list[int] = []
        self._now: Seen | None = None
        self._lost = False
        self._numbers = 0

    @property
    def label(self) -> str:
        """Whose client it is."""
        return f"{self.player} of {self.tenant}#{self.world}"

    @property
    def session(self) -> str:
        """The session that the client is in."""
        return f"{self.player}-{self._session}"

    @property
    def connection(self) -> str:
        """The connection that is open, or nothing; nor if one was tried since, and in vain.

        That one may have put an end to the older one, as far as anybody but the socket knows.
        """
        return self._connection if self._connection == self._tried else ""

    def act(self, chance: Random) -> None:
        """Do the next thing that comes to a player's mind; frames may overlap, connecting not."""
        if self._connecting:
            return
        if not self._connection:
            self._connect(fresh=chance.random() < 0.15)
            return
        mind = chance.random()
        if self._lost and mind < 0.4:
            self._call("view", {"type": "view"})
        elif mind < 0.60:
            self._play(chance)
        elif mind < 0.68:
            self._send([self._command(seq) for seq in self._latest(chance)])
        elif mind < 0.76:
            self.beat()
        elif mind < 0.79:
            self._call("commands", chance.choice(_NONSENSE))
        elif mind < 0.82:
            self._spoil(chance)
        elif mind < 0.92:
            self._hang_up()
        elif mind < 0.96:
            self._connect(fresh=False)  # a second socket, while the first one is still open
        else:
            self._call("view", {"type": "view"})

    def beat(self) -> None:
        """Let the server know that this client is there, if it is."""
        if self.connection:
            self._call("heartbeat", {"type": "heartbeat"})

    def _play(self, chance: Random) -> None:
        """Send new commands, or those again whose receipt did not come."""
        if self._open and chance.random() < 0.6:
            self._send([self._command(seq) for seq in self._open[:_MOST_IN_A_FRAME]])
            return
        new = range(self._next, self._next + chance.randint(1, _MOST_IN_A_FRAME))
        for seq in new:
            self.sent[self.session, seq] = _made_up(chance)
            self._open.append(seq)
        self._next = new.stop
        self._send([self._command(seq) for seq in new])

    def _spoil(self, chance: Random) -> None:
        """Send a good command and a bad one in a frame: neither may be recorded."""
        name, args = _made_up(chance)
        good = {"seq": self._next, "name": name, "args": args}
        self._send([good, {"seq": self._next + 1, "name": "steal", "args": {}}])

    def _latest(self, chance: Random) -> range:
        """Return numbers that were sent before: a client that repeats itself for no reason."""
        first = max(1, self._next - chance.randint(1, 6))
        return range(first, min(self._next, first + 2))

    def _command(self, seq: int) -> dict[str, Any]:
        name, args = self.sent[self.session, seq]
        return {"seq": seq, "name": name, "args": args}

    def _send(self, commands: list[dict[str, Any]]) -> None:
        if commands:
            self._call("commands", {"type": "commands", "commands": commands}, commands)

    def _connect(self, *, fresh: bool) -> None:
        if fresh:
            self._session += 1
            self._next, self._open = 1, []
        self._numbers += 1
        connection = f"c-{self.tenant}-{self.world}-{self.player}-{self._numbers}"
        self._tried = connection
        session = self.session
        self._connecting, begun_us = True, self._cloud.now_us
        answer = self._invoke("connect", self._event(connection, session, "$connect", None))
        self._connecting = False
        late = self._cloud.now_us - begun_us > _MOST_US
        if late or answer is None or answer["statusCode"] != 200:
            return
        self._connection, self._now = connection, None
        self._cloud.sockets.open(
            connection,
            lambda data: self._hear(connection, session, data),
            lambda: self._ended(connection, session),
        )

    def _hang_up(self) -> None:
        connection, session = self._connection, self.session
        self._cloud.sockets.drop(connection)
        self._ended(connection, session)

    def _ended(self, connection: str, session: str) -> None:
        if self._connection == connection:
            self._connection, self._now = "", None
        self._cloud.trace.note(f"{connection} ends")
        self._cloud.leave(self._event(connection, session, "$disconnect", None))

    def _call(self, route: str, body: Any, frame: list[dict[str, Any]] | None = None) -> None:
        text = body if isinstance(body, str) else msgspec.json.encode(body).decode()
        event = self._event(self._connection, self.session, route, text)
        if frame is not None:
            self.frames[event["requestContext"]["requestId"]] = frame
        self._invoke("view" if route == "view" else "submit", event)

    def _invoke(self, name: str, event: dict[str, Any]) -> Any:
        context = event["requestContext"]
        said = f"{context['connectionId']} {context['routeKey']} {event['body'] or ''}"
        self._cloud.trace.note(said)
        return self._cloud.call(name, event, context["requestId"])

    def _event(self, connection: str, session: str, route: str, body: str | None) -> dict[str, Any]:
        self._numbers += 1
        attested = {
            "tenant": self.tenant,
            "world": self.world,
            "player": self.player,
            "session": session,
        }
        return {
            "requestContext": {
                "routeKey": route,
                "connectionId": connection,
                "requestId": f"r-{self.tenant}-{self.world}-{self.player}-{self._numbers}",
                "authorizer": attested,
            },
            "body": body,
            "isBase64Encoded": False,
        }

    def _hear(self, connection: str, session: str, data: bytes) -> None:
        message = _decode(data)
        self._cloud.trace.note(f"{connection} hears {type(message).__name__}")
        if isinstance(message, Receipt):
            for item in message.commands:
                self.receipts.append((session, item.seq, item.position))
                if session == self.session and item.seq in self._open:
                    self._open.remove(item.seq)
        elif isinstance(message, OutcomeSent):
            self.outcomes.append((session, message))
        elif isinstance(message, View):
            self._see(connection, Seen(message.position, message.tick, message.world, message.you))
        elif isinstance(message, Delta):
            self._follow(connection, message)
        else:
            assert isinstance(message, (Rejected, Closing, ViewUnavailable))

    def _see(self, connection: str, seen: Seen) -> None:
        self.seen.append(seen)
        if connection == self._connection:
            self._now, self._lost = seen, False

    def _follow(self, connection: str, delta: Delta) -> None:
        if connection != self._connection:
            return
        if self._now is None or self._now.position != delta.since:
            self._lost = True
            return
        world = apply_patch(self._now.world, delta.world)
        you = apply_patch(self._now.you, delta.you)
        self._see(connection, Seen(delta.position, delta.tick, world, you))


def _made_up(chance: Random) -> tuple[str, dict[str, Any]]:
    """Return a command that the game's schema admits."""
    what = chance.random()
    if what < 0.6:
        return "add", {"points": chance.randint(1, 9)}
    if what < 0.61:
        return "crack", {}
    if what < 0.8:
        return "give", {"to": chance.choice(("ann", "bob", "cyd")), "points": chance.randint(1, 9)}
    return "ring", {"after": chance.randint(1, 20)}
