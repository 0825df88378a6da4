"""A tenant that is at home in one region: everywhere else, code refuses whatever is of it."""

from typing import Any

import pytest

from lqe.adapters.residency import Residency
from lqe.errors import BadInput, Refused
from lqe.handlers.connect import function as connect
from lqe.handlers.submit import function as submit
from tests.isolation.engine import REGION
from tests.isolation.plant import Plant
from tests.isolation.stage import HANDLES, Stage

HOMES = {"acme": "us-east-1", "globex": REGION}


def stage_here() -> Stage:
    return Stage(Plant(), Residency(REGION, HOMES.__getitem__).check)


@pytest.mark.parametrize("name", HANDLES)
def test_a_handle_refuses_a_tenant_that_is_at_home_elsewhere(name: str) -> None:
    stage = stage_here()
    with stage.process.acting.tenant("acme"), pytest.raises(Refused) as refused:
        HANDLES[name](stage, "acme", "w1", "secret")
    assert refused.value.code == "wrong_region"
    assert "us-east-1" in refused.value.reason
    assert stage.plant.calls == []


@pytest.mark.parametrize("name", HANDLES)
def test_a_handle_of_a_tenant_that_is_at_home_here_does_its_work(name: str) -> None:
    stage = stage_here()
    with stage.process.acting.tenant("globex"):
        HANDLES[name](stage, "globex", "w1", "secret")
    assert stage.plant.calls


def event(route: str, tenant: str) -> Any:
    attested = {"tenant": tenant, "world": "w1", "player": "p", "session": "s"}
    context = {"routeKey": route, "connectionId": "c", "requestId": "r", "authorizer": attested}
    return {"requestContext": context, "body": '{"type":"heartbeat"}'}


def test_no_socket_opens_for_a_tenant_that_is_at_home_elsewhere() -> None:
    process = stage_here().process
    answer = connect.respond(process, process.connect, event("$connect", "acme"))
    assert answer["statusCode"] == 403
    assert "us-east-1" in answer["body"]


def test_a_socket_that_is_open_all_the_same_hears_why_nothing_is_taken_in() -> None:
    stage = stage_here()
    submit.respond(stage.process, submit.wire(stage.process), event("heartbeat", "acme"))
    ((connection, data),) = stage.sockets.sent
    assert (connection, b"wrong_region" in data) == ("c", True)


def test_a_tenants_home_is_asked_for_once() -> None:
    asked: list[str] = []

    def home_of(tenant: str) -> str:
        asked.append(tenant)
        return REGION

    residency = Residency(REGION, home_of)
    assert [residency.check("acme") for _ in range(3)] == ["acme"] * 3
    assert asked == ["acme"]


def test_who_is_not_registered_is_nowhere_at_home() -> None:
    def home_of(tenant: str) -> str:
        raise BadInput(f"no tenant {tenant!r} is registered; register it first")

    with pytest.raises(BadInput, match="registered"):
        Residency(REGION, home_of).check("nobody")
