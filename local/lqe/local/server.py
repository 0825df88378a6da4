"""The server of the embedded runtime: one port for the page, the HTTP API and the sockets."""

import asyncio
import resource
import secrets
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from math import inf
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import msgspec

from lqe.adapters.memory.tickets import MemoryTickets
from lqe.closing import Close
from lqe.errors import Refused
from lqe.handlers.http.api import Api
from lqe.handlers.http.asyncapi import SOCKET
from lqe.handlers.http.messages import Request, Response
from lqe.handlers.http.ports import Health, Ports
from lqe.handlers.http.problems import Declined, is_fault, problem_of, too_many
from lqe.handlers.http.tenants import Guard, KeyGuard, OpenGuard
from lqe.ports.push import Connection
from lqe.wire import Heartbeat, Rejected, ViewWanted

from .garbage import keep_what_is_loaded
from .hosted import LocalWorlds
from .http_connection import HttpConnection
from .http_connections import HttpConnections
from .listening import Listening, listen
from .origin_policy import OriginPolicy
from .recent import Recent
from .remotes import Remotes
from .runtime import Runtime
from .settings import Settings
from .site import Site
from .sockets import Socket
from .strangers import Strangers

if TYPE_CHECKING:
    from .development_issuer import DevelopmentIssuer
    from .tokens import Tokens

_NO_UPGRADE = (
    "this is the address of sockets, and no WebSocket was asked for: a proxy in between has to "
    "pass on the headers Upgrade and Connection"
)
_RECENT_S = 0.25
_STOPPING_S = 0.5
_SWITCH_S = 0.001
_SECOND_US = 1_000_000


def _refused(status: HTTPStatus, code: str, reason: str) -> Response:
    return problem_of(Declined(status, code, reason))


def _guards(
    settings: Settings, issuer: "DevelopmentIssuer | None"
) -> "tuple[Guard, Tokens | None]":
    """Return who is let in, and what verifies tokens where there may be some."""
    if settings.keys is not None:
        return KeyGuard(settings.keys), None
    if not settings.issuer and issuer is None:
        return OpenGuard(settings.tenants), None
    # Cryptography takes a while to import: only who takes tokens waits for it.
    from .issuer_keys import IssuerKeys  # noqa: PLC0415
    from .tokens import JwtGuard, OpenOrTokenGuard, Tokens  # noqa: PLC0415

    if settings.issuer:
        tokens = Tokens(IssuerKeys(settings.issuer), settings.audience)
        return JwtGuard(tokens, settings.tenants), tokens
    assert issuer is not None
    tokens = Tokens(issuer, issuer.audience)
    guard = JwtGuard(tokens, settings.tenants)
    return OpenOrTokenGuard(guard, OpenGuard(settings.tenants[:1])), tokens


class Server:
    """Serves a runtime to everybody who can reach its port.

    With `issuer`, one for development, it publishes that issuer's key and takes its tokens; who
    shows none is let in for the first tenant.
    """

    def __init__(self, runtime: Runtime, *, issuer: "DevelopmentIssuer | None" = None) -> None:
        self._runtime = runtime
        self._issuer = issuer
        self._site = Site()
        self._tickets = MemoryTickets()
        settings = runtime.settings
        guard, self._tokens = _guards(settings, issuer)
        self._api = Api(
            Ports(
                guard=guard,
                tickets=self._tickets,
                clock=runtime.clock,
                objects=runtime.objects,
                logs=runtime.logs,
                worlds=LocalWorlds(runtime),
                scenario=lambda: runtime.scenario,
                digest=lambda: runtime.digest,
                health=Recent(lambda: Health(self.problems(), runtime.notices()), _RECENT_S),
                metrics=Recent(runtime.metrics.page, _RECENT_S),
                new_id=lambda: secrets.token_hex(8),
                failed=self._failed,
                tickets_per_second=settings.ticket_rate,
                requests_per_second=settings.player_rate,
                players_open_worlds=settings.players_open_worlds,
            )
        )
        self._policy = self._policy_for(())
        self._strangers = Strangers(runtime.clock, is_open=settings.is_open)
        self._closing = False

    @asynccontextmanager
    async def serve(self, hosts: Sequence[str], port: int) -> AsyncIterator[Listening]:
        """Serve until the block ends, and let time pass in the worlds. Port 0 takes a free one."""
        _tune_process()
        if self._tokens is not None:
            await self._tokens.begin()
        self._policy = self._policy_for(hosts)
        connections = HttpConnections()
        remotes = Remotes(self._runtime.settings.proxies)
        listening = await listen(
            lambda: HttpConnection(self._respond, self._admit, connections, remotes), hosts, port
        )
        try:
            if self._issuer is not None:
                self._issuer.listens_at(listening.url)
            yield listening
        finally:
            self._closing = True
            listening.close()
            connections.end_all()
            self._runtime.time.end()

    def _policy_for(self, hosts: Sequence[str]) -> OriginPolicy:
        settings = self._runtime.settings
        names = (*settings.allowed_hosts, *hosts)
        return OriginPolicy(settings.origins, names, is_open=settings.is_open)

    async def say_goodbye(self) -> None:
        """Close every socket; clients are told to come back later."""
        for socket in self._runtime.sockets.all():
            socket.end(Close.STOPS, "the server stops")
        await asyncio.sleep(_STOPPING_S if len(self._runtime.sockets) else 0)

    def problems(self) -> list[str]:
        """Say what does not work."""
        unverified = self._tokens.problem if self._tokens is not None else ""
        return [*self._runtime.problems(), *([unverified] if unverified else [])]

    def _failed(self, where: str, error: Exception) -> None:
        self._runtime.metrics.faults.inc()
        self._runtime.report_fault(where, error)

    async def _respond(self, request: Request) -> Response:
        """Answer when the answer is true; whatever goes wrong is an answer too."""
        try:
            response = await self._answer(request)
            guarded = self._api.guards(request)
            self._strangers.check(request, response, guarded=guarded)
            if response.after is not None:
                await response.after
        except Exception as error:  # noqa: BLE001 - one request's fault is no other's
            if is_fault(error):
                self._failed(f"{request.method} {request.path}", error)
            response = problem_of(error)
        response = self._policy.shared(request, response)
        self._runtime.metrics.requests.labels(str(response.status)).inc()
        return response

    async def _answer(self, request: Request) -> Response:
        self._policy.check(request, acts=request.method != "GET")
        response = self._policy.preflight(request) or self._site.respond(request)
        if response is None and self._issuer is not None:
            response = self._issuer.respond(request)
        if response is not None:
            return response
        if request.path == SOCKET:
            raise Declined(HTTPStatus.UPGRADE_REQUIRED, "upgrade_required", _NO_UPGRADE)
        if self._tokens is not None:
            await self._tokens.prepare(request)
        return self._api.respond(request)

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
        # Of a browser's sockets it is always said which page they are of. Others go by any name
        # that leads here: who has a ticket was let in when it was asked for.
        if "origin" in request.headers:
            try:
                self._policy.check(request, acts=True)
            except Declined as error:
                return problem_of(error)
        ticket = parse_qs(request.query).get("ticket", [""])[0]
        now_us = self._runtime.clock.now_us()
        grant = self._tickets.redeem(ticket, now_us)
        if grant is None:
            reason = "expected a ticket of POST /v1/tickets that is unused and a minute old at most"
            return _refused(HTTPStatus.FORBIDDEN, "no_ticket", reason)
        connection = Connection(
            self._runtime.sockets.new_id(),
            grant.tenant,
            grant.world,
            grant.player,
            grant.session,
            until_us=grant.until_us,
        )
        try:
            self._runtime.troubles.check(connection.tenant)
            self._runtime.bounds.check_join(connection)
        except Refused as error:
            return problem_of(error if isinstance(error, Declined) else too_many(error))
        left_s = (grant.until_us - now_us) / _SECOND_US if grant.until_us else inf
        return Socket(
            connection,
            self._received,
            self._runtime.join,
            self._runtime.leave,
            lambda socket: self._runtime.want_view(socket.connection),
            monotonic() + left_s,
        )

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
            c = socket.connection
            where = f"a message of {c.player} in world {c.world} of {c.tenant} (socket {c.id})"
            self._failed(where, error)
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
