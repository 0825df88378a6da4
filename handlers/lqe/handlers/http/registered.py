"""The worlds of a deployment, as the HTTP API asks for them: those that are registered."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final

import msgspec

from lqe.adapters.dynamodb.log import DynamoLogs
from lqe.adapters.registry import Registries
from lqe.errors import BadInput, LimitExceeded, Refused
from lqe.events import WorldClosed, WorldOpened
from lqe.handlers.connect.room import check_room
from lqe.handlers.process import Process
from lqe.handlers.quarantine import Quarantines, Standing, ring
from lqe.ports.clock import Clock
from lqe.ports.cursors import Cursors
from lqe.ports.documents import Documents
from lqe.ports.intake import Intake, Message
from lqe.ports.log import Logs
from lqe.ports.push import Connections

from .ports import WorldState
from .problems import Declined, no_world, not_on_aws, world_closed, world_exists
from .states import states_of, used_by

_KNOWN_FOR_US: Final = 2_000_000
_MOST: Final = 10_000
_SEED_BITS: Final = 256
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What the worlds of a deployment stand on.

    `opening` makes the first event of a tenant's new world, by a seed, when the code of the world
    is kept with the tenant's logs: who replays them later finds what was played. `admit` refuses
    tenants that this call is not of. `refused` counts refusals, by tenant and code.
    """

    registries: Registries
    logs: Logs
    cursors: Cursors
    documents: Documents
    connections: Connections
    intake: Intake
    clock: Clock
    opening: Callable[[str, int], WorldOpened]
    admit: Callable[[str], str]
    refused: Callable[[str, str], None]

    @classmethod
    def of(
        cls, process: Process, registries: Registries, opening: Callable[[str, int], WorldOpened]
    ) -> "Around":
        """Return what a process has around it."""
        return cls(
            registries=registries,
            logs=DynamoLogs(process.table(process.settings.events)),
            cursors=process.cursors,
            documents=process.documents,
            connections=process.connections,
            intake=process.intake,
            clock=process.clock,
            opening=opening,
            admit=process.clients.admit,
            refused=process.refused,
        )


class Registered(msgspec.Struct, frozen=True):
    """What is registered of a tenant: its worlds, and why it may do nothing, if so.

    `players` is how many may be in a world at once.
    """

    worlds: frozenset[str]
    disabled: str | None
    players: int


class RegisteredWorlds:
    """The worlds of registered tenants.

    What is registered is remembered for two seconds: so long a tenant that was disabled gets
    tickets from a process that was asked before.
    """

    def __init__(self, around: Around) -> None:
        self._around = around
        self._known: dict[str, tuple[Registered, int]] = {}

    def tenant(self, name: str) -> "_Tenant":
        """Return the worlds of one tenant."""
        return _Tenant(self, self._around, self._around.admit(name))

    def known(self, tenant: str) -> Registered:
        """Return what is registered of a tenant, as it was two seconds ago at most."""
        now = self._around.clock.now_us()
        registered, since = self._known.get(tenant, (None, 0))
        if registered is None or not since <= now < since + _KNOWN_FOR_US:
            registered = self.latest(tenant)
        return registered

    def latest(self, tenant: str) -> Registered:
        """Return what is registered of a tenant now; raise Declined if nothing is."""
        try:
            found = self._around.registries.tenant(tenant).get()
        except BadInput:
            reason = f"the tenant {tenant!r} is not registered here"
            raise Declined(HTTPStatus.NOT_FOUND, "no_tenant", reason) from None
        registered = Registered(
            frozenset(found.worlds), found.disabled, found.quotas.players_per_world
        )
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[tenant] = (registered, self._around.clock.now_us())
        return registered


class _Tenant:
    def __init__(self, worlds: RegisteredWorlds, around: Around, tenant: str) -> None:
        self._worlds = worlds
        self._around = around
        self._tenant = tenant

    def names(self) -> Sequence[str]:
        return tuple(self._worlds.latest(self._tenant).worlds)

    def states(self, worlds: Sequence[str]) -> Sequence[WorldState]:
        present = self._around.connections
        return states_of(
            worlds,
            self._around.cursors.tenant(self._tenant),
            lambda world: len(present.of(self._tenant, world)),
        )

    def has(self, world: str) -> bool:
        return (
            world in self._worlds.known(self._tenant).worlds
            or world in self._worlds.latest(self._tenant).worlds
        )

    def enter(self, world: str, player: str, *, opens: bool) -> None:  # noqa: ARG002 - none is opened so
        """Say who is not let in, and why: the socket that a ticket opens cannot say it in words.

        Of several tickets for the last place the sockets decide.
        """
        if not self.has(world):
            raise no_world(world)
        registered = self._worlds.known(self._tenant)
        if registered.disabled is not None:
            raise self._disabled(f"{self._tenant} is disabled: {registered.disabled}")
        present = self._around.connections.of(self._tenant, world)
        try:
            check_room(present, player, registered.players)
        except Refused as error:
            raise self._beyond(error.reason) from None

    def open(self, world: str) -> None:
        """Take the name, then send the opening: who asks again after a failure finishes it."""
        at = _EPOCH + timedelta(microseconds=self._around.clock.now_us())
        try:
            self._around.registries.tenant(self._tenant).open_world(world, at)
        except BadInput:
            self._worlds.latest(self._tenant)  # says why, if it is the tenant that is not there
            raise
        except LimitExceeded as error:
            raise self._beyond(str(error)) from None
        except Refused as error:
            if error.code == "tenant_disabled":
                raise self._disabled(error.reason) from None
            if error.code != "world_exists":
                raise
            if self._is_open(world):
                raise world_exists(world) from None
        # An intake that has it already, and an appender, take it for the same; the log has one.
        event = self._around.opening(self._tenant, secrets.randbits(_SEED_BITS))
        message = Message(id="opened", tenant=self._tenant, world=world, events=(event,))
        self._around.intake.send([message])

    def close(self, world: str, reason: str) -> None:
        if self._around.cursors.tenant(self._tenant).get(world).closed_us:
            raise world_closed(world)
        event = WorldClosed(reason=reason)
        message = Message(id="closed", tenant=self._tenant, world=world, events=(event,))
        self._around.intake.send([message])

    def archive(self, world: str) -> Awaitable[None]:  # noqa: ARG002 - whichever it is
        raise not_on_aws("archiving a world")

    def delete(self, world: str) -> Awaitable[None]:  # noqa: ARG002 - whichever it is
        raise not_on_aws("deleting a world")

    def usage(self, worlds: Sequence[str]) -> dict[str, dict[str, int]]:
        return used_by(worlds, self._tenant, self._around.documents)

    def release(self, world: str) -> Standing | None:
        stood = Quarantines(self._around.cursors).release(self._tenant, world)
        if stood is not None:
            ring(self._around.intake, self._tenant, world, f"release:{secrets.token_hex(8)}")
        return stood

    def _is_open(self, world: str) -> bool:
        return self._around.logs.tenant(self._tenant).world(world).head() >= 0

    def _beyond(self, reason: str) -> Declined:
        declined = Declined(HTTPStatus.TOO_MANY_REQUESTS, "quota_exceeded", reason)
        return self._counted(declined)

    def _disabled(self, reason: str) -> Declined:
        return self._counted(Declined(HTTPStatus.FORBIDDEN, "tenant_disabled", reason))

    def _counted(self, declined: Declined) -> Declined:
        self._around.refused(self._tenant, declined.code)
        return declined
