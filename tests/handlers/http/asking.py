"""The words in which the tests of the HTTP API are written: a server, a request, its answer."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from lqe.adapters.memory import MemoryLogs, MemoryObjects, MemoryTickets
from lqe.handlers.http.api import Api
from lqe.handlers.http.messages import Request, Response
from lqe.handlers.http.ports import Health, Ports, WorldState
from lqe.handlers.http.problems import no_world, world_closed, world_exists
from lqe.handlers.http.tenants import KeyGuard, OpenGuard
from lqe.handlers.quarantine import Standing
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


class TenantWorlds:
    """The worlds of one tenant, as a test says that they are."""

    def __init__(self, served: "Served", tenant: str) -> None:
        self._served = served
        self._tenant = tenant

    def names(self) -> Sequence[str]:
        return [state.world for state in self._all()]

    def states(self, worlds: Sequence[str]) -> Sequence[WorldState]:
        known = {state.world: state for state in self._all()}
        return [known[world] for world in worlds if world in known]

    def _all(self) -> Sequence[WorldState]:
        return self._served.states.get(self._tenant, ())

    def has(self, world: str) -> bool:
        return any(state.world == world for state in self._all())

    def enter(self, world: str, player: str, *, opens: bool) -> None:
        if world in self._served.closed:
            raise no_world(world)
        self._served.entered.append((world, player, opens))

    def open(self, world: str) -> None:
        if self.has(world):
            raise world_exists(world)
        state = WorldState(world=world, position=-1, tick=0, scenario="", players=0)
        self._served.states[self._tenant] = (*self._all(), state)

    def close(self, world: str, reason: str) -> None:
        state = next(s for s in self._all() if s.world == world)
        if state.closed:
            raise world_closed(world)
        others = [s for s in self._all() if s is not state]
        self._served.states[self._tenant] = [*others, replace(state, closed=True)]
        self._served.reasons.append(reason)

    async def archive(self, world: str) -> None:
        self._served.gone.append(("archived", world))

    async def delete(self, world: str) -> None:
        self._served.gone.append(("deleted", world))

    def usage(self, worlds: Sequence[str]) -> dict[str, dict[str, int]]:
        return {state.world: {"events": state.position + 1} for state in self.states(worlds)}

    def release(self, world: str) -> Standing | None:
        found = [s for s in self._all() if s.world == world and s.quarantine]
        self._served.states[self._tenant] = [s for s in self._all() if s not in found]
        return next(
            (Standing(self._tenant, world, s.position, s.tick, s.quarantine) for s in found), None
        )


class Served:
    """An API over ports in memory, with what the runtime around it would say."""

    def __init__(
        self,
        *,
        keys: Mapping[str, str] | None = None,
        tenants: Sequence[str] = ("local",),
        **ports: Any,
    ) -> None:
        self.clock = Clock()
        self.tickets = MemoryTickets()
        self.objects = MemoryObjects()
        self.logs = MemoryLogs()
        self.states: dict[str, Sequence[WorldState]] = {}
        self.closed: set[str] = set()
        self.reasons: list[str] = []
        self.entered: list[tuple[str, str, bool]] = []
        self.gone: list[tuple[str, str]] = []
        self.playing, self.code = pushing(), "d1"
        self.health = Health()
        self.failures: list[tuple[str, Exception]] = []
        ids = itertools.count(1)
        given: dict[str, Any] = {
            "tickets": self.tickets,
            "clock": self.clock,
            "objects": self.objects,
            "logs": self.logs,
            "guard": OpenGuard(tenants) if keys is None else KeyGuard(keys),
            "worlds": self,
            "scenario": lambda: self.playing,
            "digest": lambda: self.code,
            "health": lambda: self.health,
            "metrics": lambda: b"lqe_commands_total 3.0\n",
            "new_id": lambda: f"id{next(ids)}",
            "failed": lambda path, error: self.failures.append((path, error)),
        }
        self.api = Api(Ports(**given | ports))

    def tenant(self, name: str) -> TenantWorlds:
        """Return the worlds of one tenant."""
        return TenantWorlds(self, name)

    def ask(
        self,
        method: str,
        address: str,
        body: Any = b"",
        *,
        key: str = "",
        headers: Mapping[str, str] | None = None,
        claims: Mapping[str, Any] | None = None,
    ) -> Response:
        """Send a request; a body that is no bytes goes as JSON."""
        path, _, query = address.partition("?")
        sent = dict(headers or {}) | ({"authorization": f"Bearer {key}"} if key else {})
        data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return self.api.respond(
            Request(
                method=method,
                path=path,
                query=query,
                headers=sent,
                body=data,
                claims=claims or {},
            )
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
