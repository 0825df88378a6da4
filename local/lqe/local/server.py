"""The WebSocket server of the embedded runtime."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from lqe.errors import BadInput
from lqe.names import check_player, check_world
from lqe.wire import MAX_FRAME_BYTES, Rejected, ViewWanted

from .runtime import Runtime
from .sockets import Socket

_TRY_LATER = 1013


class _Place(msgspec.Struct, frozen=True):
    """Where a client wants to go, from the address it asked for."""

    world: str
    player: str
    session: str


def _place(path: str) -> _Place:
    """Return what `/worlds/NAME?player=ID[&session=ID]` says; raise BadInput."""
    parts = urlsplit(path)
    folder, _, world = parts.path.removeprefix("/").partition("/")
    query = parse_qs(parts.query)
    if folder != "worlds" or "player" not in query:
        raise BadInput("expected /worlds/NAME?player=ID")
    session = query.get("session", [secrets.token_hex(8)])[0]
    return _Place(check_world(world), check_player(query["player"][0]), check_player(session))


class WebSocketServer:
    """Serves the sockets of a runtime; opens a world when its first player comes."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    @asynccontextmanager
    async def serve(self, host: str, port: int) -> AsyncIterator[Server]:
        """Serve until the block ends; the ticker runs beside. Port 0 takes a free one."""
        self._runtime.sockets.attach(asyncio.get_running_loop())
        server = serve(
            self._session,
            host,
            port,
            process_request=self._admit,
            max_size=MAX_FRAME_BYTES,
            compression=None,
            origins=None,
        )
        async with server as running:
            ticker = asyncio.create_task(self._tick())
            try:
                yield running
            finally:
                ticker.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await ticker

    async def _tick(self) -> None:
        pause = 1.0 / self._runtime.scenario.rules.clock_hz
        while True:
            await asyncio.sleep(pause)
            self._runtime.tick()

    @staticmethod
    def _admit(connection: ServerConnection, request: Request) -> Response | None:
        try:
            _place(request.path)
        except BadInput as error:
            return connection.respond(HTTPStatus.BAD_REQUEST, f"{error}\n")
        return None

    async def _session(self, websocket: ServerConnection) -> None:
        assert websocket.request is not None
        place = _place(websocket.request.path)
        runtime = self._runtime
        socket = runtime.sockets.open(runtime.tenant, place.world, place.player, place.session)
        runtime.open_world(place.world)
        runtime.join(socket)
        sender = asyncio.create_task(self._send(websocket, socket))
        try:
            async for message in websocket:
                data = message.encode() if isinstance(message, str) else message
                answer = runtime.take(socket, data)
                if isinstance(answer, ViewWanted):
                    runtime.pipeline.want_view(socket.connection)
                elif isinstance(answer, Rejected):
                    socket.put(msgspec.json.encode(answer))
        except ConnectionClosed:
            pass
        finally:
            sender.cancel()
            runtime.leave(socket)

    @staticmethod
    async def _send(websocket: ServerConnection, socket: Socket) -> None:
        while True:
            data = await socket.outbox.get()
            if socket.closing:
                await websocket.close(_TRY_LATER, socket.closing)
                return
            try:
                await websocket.send(data, text=True)
            except ConnectionClosed:
                return
