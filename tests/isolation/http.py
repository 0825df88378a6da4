"""The HTTP API over a stage: the product's routes, and one more for each thing a handle does."""

import functools
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from pydantic import AfterValidator

from lqe.events import WorldClosed
from lqe.handlers.http.api import Api
from lqe.handlers.http.messages import Response
from lqe.handlers.http.models import OfTenant, WorldName
from lqe.handlers.http.ports import Health, Ports, WorldState
from lqe.handlers.http.roles import EVERY_ROLE
from lqe.handlers.http.route import Call, Route
from lqe.handlers.http.table import ROUTES
from lqe.handlers.http.tenants import KeyGuard
from lqe.handlers.meter.handler import Meter
from lqe.handlers.quarantine import Quarantines, Standing
from lqe.names import check_path
from lqe.ports.intake import Message
from lqe.ports.tickets import Grant
from lqe.scenario import Scenario
from tests.isolation.plant import TENANTS, WORLDS
from tests.isolation.stage import HANDLES, Clock, Do, Stage

NOTHING: Final = Scenario("nothing")
KEYS: Final = {tenant: f"the key of {tenant}" for tenant in TENANTS}


class Handled(OfTenant):
    """A world and a name, as a route would ask for them."""

    world: WorldName
    name: Annotated[str, AfterValidator(check_path)]


class Tickets:
    """Hands out tickets over a stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def issue(self, grant: Grant, _now_us: int) -> str:
        self._stage.ticket(grant.tenant)
        return f"a ticket of {grant.tenant}"

    def redeem(self, _ticket: str, _now_us: int) -> Grant | None:
        raise NotImplementedError  # tickets are redeemed at the socket


def _probe(name: str, do: Do, stage: Stage | None = None) -> Route:
    def handler(call: Call) -> Response:
        assert stage is not None
        found = do(stage, call.who.tenant, call.asked.world, call.asked.name)
        return Response(status=200, body=repr(found).encode())

    return Route(
        method="POST",
        path=f"/v1/handles/{name}",
        name=name,
        summary=name,
        asks=Handled,
        handler=handler,
        roles=EVERY_ROLE,
    )


@functools.cache
def guarded_routes() -> Sequence[Route]:
    """Return every route that is about a tenant, those over handles last."""
    probes = [_probe(name, do) for name, do in HANDLES.items()]
    return [route for route in (*ROUTES, *probes) if route.guarded]


class _Worlds:
    """The worlds of a stage; nothing is registered, so nothing is declined for that."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def tenant(self, name: str) -> "_TenantsWorlds":
        return _TenantsWorlds(self._stage, name)


class _TenantsWorlds:
    def __init__(self, stage: Stage, tenant: str) -> None:
        self._stage = stage
        self._tenant = tenant

    def states(self) -> list[WorldState]:
        cursors = self._stage.process.cursors.tenant(self._tenant)
        return [
            WorldState(
                world=world,
                position=cursor.position,
                tick=0,
                scenario="",
                players=0,
                quarantine=cursor.quarantine,
            )
            for world in WORLDS
            for cursor in [cursors.get(world)]
        ]

    def has(self, world: str) -> bool:
        return world in WORLDS

    def check_entry(self, world: str) -> None:
        """Let everybody in: the ticket is what counts here."""

    def open(self, world: str) -> None:
        event = WorldClosed()
        message = Message(id="opened", tenant=self._tenant, world=world, events=(event,))
        self._stage.process.intake.send([message])

    def usage(self) -> dict[str, dict[str, int]]:
        meter = Meter(self._stage.process.documents)
        return {w: msgspec.to_builtins(meter.usage(self._tenant, w)) for w in WORLDS}

    def release(self, world: str) -> Standing | None:
        return Quarantines(self._stage.process.cursors).release(self._tenant, world)


def api_over(stage: Stage) -> Api:
    """Return the API of a stage, with a key a tenant; the stage says for whom it acts."""
    probes = [_probe(name, do, stage) for name, do in HANDLES.items()]
    ports = Ports(
        guard=KeyGuard(KEYS),
        tickets=Tickets(stage),
        clock=Clock(),
        objects=stage.objects,
        worlds=_Worlds(stage),
        scenario=lambda: NOTHING,
        digest=lambda: "",
        health=Health,
        metrics=lambda: b"",
        new_id=lambda: "id",
        failed=lambda *_: None,
    )
    return Api(ports, (*ROUTES, *probes))
