"""The API as a whole: which path answers which method, and what is said when something fails."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lqe.errors import LimitExceeded, LogError, Misconfigured, Quarantine, Refused, Unavailable
from lqe.handlers.http.messages import Request
from lqe.handlers.http.ports import Health, Ports
from lqe.handlers.http.table import ROUTES
from lqe.version import ENGINE_VERSION
from tests.handlers.http.asking import Served, json_of, pushing, told

SECRET = "password=hunter2 in host db-7"


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/", "/v1/nothing", "/v1/health/", "//v1/health", "/v1/worlds/w1/x", ""]
)
def test_what_is_not_there_is_not_found(served: Served, path: str) -> None:
    assert told(served.get(path)) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/tickets", "POST"),
        ("POST", "/v1/health", "GET"),
        ("DELETE", "/v1/worlds/w1/snapshots/0", "GET"),
        ("get", "/v1/health", "GET"),
    ],
)
def test_another_method_is_told_which_one_it_is(
    served: Served, method: str, path: str, allowed: str
) -> None:
    answer = served.ask(method, path)
    assert told(answer) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == allowed


def test_no_two_routes_are_alike() -> None:
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)
    assert len({route.name for route in ROUTES}) == len(ROUTES)


def test_a_healthy_server_says_so(served: Served) -> None:
    answer = served.get("/v1/health")
    assert answer.status == 200
    assert json_of(answer) == {
        "status": "ok",
        "engine": ENGINE_VERSION,
        "problems": [],
        "notices": [],
    }


def test_a_server_that_does_not_work_says_so_by_the_status(served: Served) -> None:
    served.health = Health(("fold",))
    answer = served.get("/v1/health")
    assert answer.status == 503
    assert json_of(answer) == {
        "status": "degraded",
        "engine": ENGINE_VERSION,
        "problems": ["fold"],
        "notices": [],
    }


def test_measurements_come_as_prometheus_reads_them(served: Served) -> None:
    answer = served.get("/v1/metrics")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.body == b"lqe_commands_total 3.0\n"


def test_the_scenario_is_described(served: Served) -> None:
    shown = json_of(served.get("/v1/scenario"))
    assert (shown["title"], shown["digest"]) == ("Pushing", "d1")
    assert shown["rules"]["tick_us"] == 16_000
    assert shown["rules"]["limits"]["max_players"] == 64
    assert shown["commands"].keys() == {"push", "rest"}
    assert "dx" in str(shown["commands"]["push"])


def test_another_scenario_is_described_as_soon_as_it_is_in_force(served: Served) -> None:
    assert served.get("/v1/scenario") == served.get("/v1/scenario")
    served.playing, served.code = pushing("Pushing harder"), "d2"
    assert json_of(served.get("/v1/scenario"))["title"] == "Pushing harder"
    assert json_of(served.get("/v1/asyncapi.json"))["info"]["x-scenario-digest"] == "d2"


def failing(error: Exception) -> Callable[..., Any]:
    """Return a function that fails with an error, whatever it is called with."""

    def fail(*_: Any) -> Any:
        raise error

    return fail


class Failing:
    """Worlds that fail with an error, whoever asks for them."""

    def __init__(self, error: Exception) -> None:
        self.tenant = failing(error)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Unavailable(SECRET), 503, "unavailable"),
        (Misconfigured(SECRET), 503, "unavailable"),
        (Quarantine(SECRET), 500, "failed"),
        (LogError(SECRET), 500, "failed"),
        (LimitExceeded(SECRET), 500, "failed"),
        (OSError(28, SECRET), 500, "failed"),
        (KeyError(SECRET), 500, "failed"),
    ],
)
def test_a_fault_of_the_server_is_told_to_its_operator_alone(
    error: Exception, status: int, code: str
) -> None:
    served = Served(worlds=Failing(error))
    answer = served.get("/v1/worlds")
    assert told(answer) == (status, code)
    assert b"hunter2" not in answer.body
    assert served.failures == [("GET /v1/worlds", error)]


def test_a_refusal_is_passed_on_with_its_code() -> None:
    served = Served(worlds=Failing(Refused("world_closed", "it has ended")))
    assert told(served.get("/v1/worlds")) == (409, "world_closed")
    assert served.failures == []


@pytest.mark.parametrize("port", ["health", "metrics", "scenario", "digest", "new_id"])
def test_nothing_that_fails_around_the_api_gets_out_of_it(port: str) -> None:
    assert port in Ports.__struct_fields__
    broken: dict[str, Any] = {port: failing(RuntimeError(SECRET))}
    served = Served(**broken)
    paths = ("/v1/health", "/v1/metrics", "/v1/scenario")
    answers = [served.ticket(), *(served.get(path) for path in paths)]
    failed = [answer for answer in answers if answer.status == 500]
    assert len(failed) == len(served.failures) == 1
    assert b"hunter2" not in failed[0].body


TEXT = st.text(st.characters(categories=None), max_size=40)


@given(
    method=st.sampled_from(["GET", "POST", "PUT", ""]),
    path=st.one_of(
        TEXT,
        st.sampled_from([route.path for route in ROUTES]),
        TEXT.map(lambda text: f"/v1/worlds/{text}/snapshots/{text}"),
    ),
    query=TEXT | TEXT.map(lambda text: f"tenant={text}"),
    key=TEXT,
    body=st.binary(max_size=80),
)
def test_whatever_is_asked_there_is_an_answer_and_no_fault(
    method: str, path: str, query: str, key: str, body: bytes
) -> None:
    for served in (Served(), Served(keys={"acme": "right"})):
        headers = {"authorization": f"Bearer {key}"}
        answer = served.api.respond(
            Request(method=method, path=path, query=query, headers=headers, body=body)
        )
        assert served.failures == []
        assert 200 <= answer.status < 500
