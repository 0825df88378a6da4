"""The HTTP API over a stage: the product's routes, and one more for each thing a handle does."""

import functools
from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import AfterValidator

from lqe.handlers.http.api import Api
from lqe.handlers.http.messages import Response
from lqe.handlers.http.models import OfTenant, WorldName
from lqe.handlers.http.ports import Health, Ports, WorldState
from lqe.handlers.http.route import Call, Route
from lqe.handlers.http.table import ROUTES
from lqe.names import check_path
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


def _probe(name: str, do: Do, stage: Stage | None = None) -> Route:
    def handler(call: Call) -> Response:
        assert stage is not None
        found = do(stage, call.tenant, call.asked.world, call.asked.name)
        return Response(status=200, body=repr(found).encode())

    return Route(
        method="POST",
        path=f"/v1/handles/{name}",
        name=name,
        summary=name,
        asks=Handled,
        handler=handler,
    )


@functools.cache
def guarded_routes() -> Sequence[Route]:
    """Return every route that is about a tenant, those over handles last."""
    probes = [_probe(name, do) for name, do in HANDLES.items()]
    return [route for route in (*ROUTES, *probes) if route.guarded]


def api_over(stage: Stage) -> Api:
    """Return the API of a stage, with a key a tenant."""

    def worlds(tenant: str) -> list[WorldState]:
        cursors = [(w, stage.process.cursors.tenant(tenant).get(w)) for w in WORLDS]
        return [
            WorldState(
                world=world,
                position=cursor.position,
                tick=0,
                scenario="",
                players=0,
                quarantine=cursor.quarantine,
            )
            for world, cursor in cursors
        ]

    given: dict[str, Any] = {
        "tickets": Tickets(stage),
        "clock": Clock(),
        "objects": stage.objects,
        "worlds": worlds,
        "scenario": lambda: NOTHING,
        "digest": lambda: "",
        "health": Health,
        "metrics": lambda: b"",
        "new_id": lambda: "id",
        "failed": lambda *_: None,
        "keys": KEYS,
    }
    probes = [_probe(name, do, stage) for name, do in HANDLES.items()]
    return Api(Ports(**given), (*ROUTES, *probes))
