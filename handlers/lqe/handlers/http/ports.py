"""What the HTTP API stands on: ports, and questions that the runtime around it answers."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

import msgspec

from lqe.ports.clock import Clock
from lqe.ports.objects import Objects
from lqe.ports.tickets import Tickets
from lqe.scenario import Scenario

TICKETS_PER_SECOND: Final = 1_000.0


class WorldState(msgspec.Struct, frozen=True, kw_only=True):
    """How far a world is; `players` are connected ones, `quarantine` says why it stands still."""

    world: str
    position: int
    tick: int
    scenario: str
    players: int
    quarantine: str = ""


class Health(msgspec.Struct, frozen=True):
    """How the runtime is: `problems` names what does not work. Anybody may read it."""

    problems: Sequence[str] = ()


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the routes need. `keys` is one key a tenant; None lets everybody in.

    `tenants` are those served where there are no keys. `failed` hears of what should not happen:
    the path that was asked for, and the error. `new_id` returns an id that was never returned
    before and that nobody can guess: it names sessions.
    """

    tickets: Tickets
    clock: Clock
    objects: Objects
    worlds: Callable[[str], Sequence[WorldState]]
    scenario: Callable[[], Scenario]
    digest: Callable[[], str]
    health: Callable[[], Health]
    metrics: Callable[[], bytes]
    new_id: Callable[[], str]
    failed: Callable[[str, Exception], None]
    keys: Mapping[str, str] | None = None
    tenants: Collection[str] = ()
    tickets_per_second: float = TICKETS_PER_SECOND
