"""The words in which the tests of the HTTP API are written: a server, a request, its answer."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from lqe.adapters.memory import MemoryObjects, MemoryTickets
from lqe.handlers.http.api import Api
from lqe.handlers.http.messages import Request, Response
from lqe.handlers.http.ports import Health, Ports, WorldState
from lqe.scenario import Command, Scenario, World

START_US = 1_700_000_000_000_000
KEYS = {"acme": "the key of acme", "globex": "the key of globex"}


class Push(Command, frozen=True):
    """Push the ball."""

    dx: float
    dy: float = 0.0


class Rest(Command, frozen=True):
    """Do nothing for a while."""


def pushing(title: str = "Pushing") -> Scenario:
    """Return a scenario of two commands."""
    scenario = Scenario(title)

    @scenario.command(Push)
    def push(world: World, player: str, command: Push) -> None: ...

    @scenario.command(Rest)
    def rest(world: World, player: str, command: Rest) -> None: ...

    return scenario


class Clock:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.us = START_US

    def now_us(self) -> int:
        return self.us


class Served:
    """An API over ports in memory, with what the runtime around it would say."""

    def __init__(self, **ports: Any) -> None:
        self.clock = Clock()
        self.tickets = MemoryTickets()
        self.objects = MemoryObjects()
        self.states: dict[str, Sequence[WorldState]] = {}
        self.playing, self.code = pushing(), "d1"
        self.health = Health()
        self.failures: list[tuple[str, Exception]] = []
        ids = itertools.count(1)
        given: dict[str, Any] = {
            "tickets": self.tickets,
            "clock": self.clock,
            "objects": self.objects,
            "worlds": lambda tenant: self.states.get(tenant, ()),
            "scenario": lambda: self.playing,
            "digest": lambda: self.code,
            "health": lambda: self.health,
            "metrics": lambda: b"lqe_commands_total 3.0\n",
            "new_id": lambda: f"id{next(ids)}",
            "failed": lambda path, error: self.failures.append((path, error)),
            "tenants": ("local",),
        }
        self.api = Api(Ports(**given | ports))

    def ask(
        self,
        method: str,
        address: str,
        body: Any = b"",
        *,
        key: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a request; a body that is no bytes goes as JSON."""
        path, _, query = address.partition("?")
        sent = dict(headers or {}) | ({"authorization": f"Bearer {key}"} if key else {})
        data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return self.api.respond(
            Request(method=method, path=path, query=query, headers=sent, body=data)
        )

    def get(self, address: str, *, key: str = "") -> Response:
        return self.ask("GET", address, key=key)

    def ticket(self, *, key: str = "", **wanted: Any) -> Response:
        """Ask for a ticket; Ann wants to enter w1 if nothing else is said."""
        return self.ask("POST", "/v1/tickets", {"world": "w1", "player": "ann"} | wanted, key=key)


def json_of(response: Response) -> Any:
    """Return what a JSON answer says."""
    assert response.content_type == "application/json"
    return msgspec.json.decode(response.body)


def told(response: Response) -> tuple[int, str]:
    """Return status and code of an answer that declines; it has a reason, and nothing else."""
    problem = json_of(response)
    assert problem.keys() == {"code", "reason"}
    assert problem["reason"]
    return response.status, problem["code"]
