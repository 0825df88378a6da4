"""The server of the embedded runtime: one port for the page, the HTTP API and the sockets."""

import asyncio
import resource
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from urllib.parse import parse_qs

import msgspec
from picows import WSCloseCode

from lqe.adapters.memory.tickets import MemoryTickets
from lqe.handlers.http.api import Api
from lqe.handlers.http.asyncapi import SOCKET
from lqe.handlers.http.messages import Request, Response
from lqe.handlers.http.ports import Health, Ports
from lqe.handlers.http.problems import Declined, problem_of
from lqe.handlers.http.tenants import KeyGuard, OpenGuard
from lqe.ports.push import Connection
from lqe.wire import Heartbeat, Rejected, ViewWanted

from .front import Front
from .garbage import keep_what_is_loaded
from .hosted import LocalWorlds
from .runtime import Runtime
from .site import Site
from .sockets import Socket

_BACKLOG = 4096
_STOPPING_S = 0.5
_SWITCH_S = 0.001


def _refused(status: HTTPStatus, code: str, reason: str) -> Response:
    return problem_of(Declined(status, code, reason))


class Server:
    """Serves a runtime to everybody who can reach its port."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._site = Site()
        self._tickets = MemoryTickets()
        settings = runtime.settings
        keys = settings.keys
        self._api = Api(
            Ports(
                guard=OpenGuard(settings.tenants) if keys is None else KeyGuard(keys),
                tickets=self._tickets,
                clock=runtime.clock,
                objects=runtime.objects,
                worlds=LocalWorlds(runtime),
                scenario=lambda: runtime.scenario,
                digest=lambda: runtime.digest,
                health=lambda: Health(runtime.problems()),
                metrics=runtime.metrics.page,
                new_id=lambda: secrets.token_hex(8),
                failed=self._failed,
                tickets_per_second=settings.ticket_rate,
            )
        )
        self._closing = False

    @asynccontextmanager
    async def serve(self, host: str, port: int) -> AsyncIterator[asyncio.Server]:
        """Serve until the block ends, and let time pass in the worlds. Port 0 takes a free one."""
        _tune_process()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Front(self._respond, self._admit), host, port, backlog=_BACKLOG
        )
        try:
            yield server
        finally:
            self._closing = True
            server.close()
            self._runtime.time.end()

    async def say_goodbye(self) -> None:
        """Close every socket; clients are told to come back later."""
        for socket in self._runtime.sockets.all():
            socket.end("the server stops", WSCloseCode.SERVICE_RESTART)
        await asyncio.sleep(_STOPPING_S if len(self._runtime.sockets) else 0)

    def _failed(self, where: str, error: Exception) -> None:
        self._runtime.metrics.faults.inc()
        self._runtime.report_fault(where, error)

    async def _respond(self, request: Request) -> Response:
        response = self._site.respond(request)
        if response is None:
            response = self._api.respond(request)
        self._runtime.metrics.requests.labels(str(response.status)).inc()
        return response

    def _admit(self, request: Request) -> Socket | Response:
        """Return the socket that a ticket opens, or why there is none."""
        if request.path != SOCKET:
            return _refused(HTTPStatus.NOT_FOUND, "not_found", f"sockets are at {SOCKET}")
        if self._closing:
            return _refused(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "unavailable",
                "the server stops: try again in a moment",
            )
        origin = request.headers.get("origin")
        if origin is not None and not self._is_ours(origin, request.headers.get("host", "")):
            reason = "pages of that origin may not open sockets here"
            return _refused(HTTPStatus.FORBIDDEN, "foreign_origin", reason)
        ticket = parse_qs(request.query).get("ticket", [""])[0]
        grant = self._tickets.redeem(ticket, self._runtime.clock.now_us())
        if grant is None:
            reason = "expected a ticket of POST /v1/tickets that is unused and a minute old at most"
            return _refused(HTTPStatus.FORBIDDEN, "no_ticket", reason)
        connection = Connection(
            self._runtime.sockets.new_id(),
            grant.tenant,
            grant.world,
            grant.player,
            grant.session,
        )
        return Socket(
            connection,
            self._received,
            self._runtime.join,
            self._runtime.leave,
            lambda socket: self._runtime.want_view(socket.connection),
        )

    def _is_ours(self, origin: str, host: str) -> bool:
        return origin.partition("://")[2] == host or origin in self._runtime.settings.origins

    def _received(self, socket: Socket, data: bytes) -> bool:
        """Take in a message; say whether it was a good one."""
        runtime = self._runtime
        try:
            if runtime.is_behind(socket.connection):
                reason = "the world's folding is behind: send it again in a moment"
                answer: object = Rejected("overloaded", reason)
            else:
                answer = runtime.take(socket, data)
        except Exception as error:  # noqa: BLE001 - one message's fault is no other's
            self._failed("a message", error)
            answer = Rejected("internal", "the server could not take this message in")
        if answer is None or isinstance(answer, Heartbeat):
            return True
        if isinstance(answer, ViewWanted):
            runtime.want_view(socket.connection)
            return True
        assert isinstance(answer, Rejected)
        runtime.metrics.rejected.labels(answer.code).inc()
        socket.send(msgspec.json.encode(answer))
        if answer.code == "too_fast":
            socket.rest()
        return False


def _tune_process() -> None:
    """Let this process have all the sockets that the system allows, and its threads take turns.

    The thread that commits waits for its turn while sockets are served: a receipt waits with it.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    sys.setswitchinterval(_SWITCH_S)
    keep_what_is_loaded()
