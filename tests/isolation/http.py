"""The HTTP API over a stage: the product's routes, and one more for each thing a handle does."""

import functools
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Annotated, Any, Final

from pydantic import AfterValidator

from lqe.adapters.dynamodb.tables import CONNECTIONS
from lqe.adapters.dynamodb.tickets import DynamoTickets
from lqe.events import WorldOpened
from lqe.handlers.http.api import Api
from lqe.handlers.http.claims import TokenGuard
from lqe.handlers.http.messages import Response
from lqe.handlers.http.models import OfTenant, WorldName
from lqe.handlers.http.ports import Health, Ports
from lqe.handlers.http.registered import Around, RegisteredWorlds
from lqe.handlers.http.roles import EVERY_ROLE, Role
from lqe.handlers.http.route import Call, Route
from lqe.handlers.http.table import ROUTES
from lqe.names import check_path
from lqe.replay.script import opened
from lqe.scenario import Scenario
from tests.isolation.plant import WORLDS, Touched
from tests.isolation.stage import HANDLES, Do, Stage

NOTHING: Final = Scenario("nothing")


class Handled(OfTenant):
    """A world and a name, as a route would ask for them."""

    world: WorldName
    name: Annotated[str, AfterValidator(check_path)]


class Registered:
    """The registry: every tenant, with every world; it notes whose it is asked for."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def tenant(self, name: str) -> Any:
        # Reached with a function's own credentials: no session stands before it.
        self._stage.plant.calls.append(Touched("the registry", None, frozenset({name})))
        quotas = SimpleNamespace(players_per_world=100)
        found = SimpleNamespace(worlds=set(WORLDS), disabled=None, quotas=quotas)
        return SimpleNamespace(get=lambda: found, open_world=lambda _world, _at: None)


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
        roles=EVERY_ROLE,
    )


@functools.cache
def guarded_routes() -> Sequence[Route]:
    """Return every route that is about a tenant, those over handles last."""
    probes = [_probe(name, do) for name, do in HANDLES.items()]
    return [route for route in (*ROUTES, *probes) if route.guarded]


def claims_of(tenant: str) -> dict[str, Any]:
    """Return what a token of an operator of a tenant claims."""
    return {"tenant": tenant, "roles": [role.value for role in Role], "sub": "p1"}


def api_over(stage: Stage) -> Api:
    """Return the API of a stage, as the function of the deployment makes it."""
    process = stage.process

    def opening(tenant: str, seed: int) -> WorldOpened:
        stage.objects.tenant(tenant).put("scenarios/d", b"")
        return opened(NOTHING, "d", seed)

    around = Around.of(process, Registered(stage), opening)  # type: ignore[arg-type]
    ports = Ports(
        guard=TokenGuard(),
        tickets=DynamoTickets(process.table(CONNECTIONS)),
        clock=process.clock,
        objects=stage.objects,
        logs=around.logs,
        worlds=RegisteredWorlds(around),
        scenario=lambda: NOTHING,
        digest=lambda: "",
        health=Health,
        metrics=lambda: b"",
        new_id=lambda: "id",
        failed=lambda *_: None,
    )
    probes = [_probe(name, do, stage) for name, do in HANDLES.items()]
    return Api(ports, (*ROUTES, *probes))
