"""What the HTTP API stands on: ports, and questions that the runtime around it answers."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from lqe.handlers.quarantine import Standing
from lqe.handlers.submit.rate import PLAYER_RATE
from lqe.ports.clock import Clock
from lqe.ports.log import Logs
from lqe.ports.objects import Objects
from lqe.ports.tickets import Tickets

from .asyncapi import SOCKET
from .tenants import Guard

if TYPE_CHECKING:
    from lqe.scenario import Scenario

TICKETS_PER_SECOND: Final = 1_000.0


class WorldState(msgspec.Struct, frozen=True, kw_only=True):
    """How far a world is; `players` are connected ones, `quarantine` says why it stands still.

    One that is `closed` has ended.
    """

    world: str
    position: int
    tick: int
    scenario: str
    players: int
    closed: bool = False
    quarantine: str = ""


class TenantWorlds(Protocol):
    """The worlds of one tenant."""

    def names(self) -> Sequence[str]:
        """Return the names of the worlds."""

    def states(self, worlds: Sequence[str]) -> Sequence[WorldState]:
        """Return how far each of some worlds is."""

    def has(self, world: str) -> bool:
        """Say whether there is a world of that name."""

    def enter(self, world: str, player: str, *, opens: bool) -> None:
        """Raise Declined if a player may not enter a world.

        It is not there, or has no room, or its tenant may not. Where entering a world can open it,
        it is opened for those who may, if `opens` says so.
        """

    def open(self, world: str) -> Awaitable[None] | None:
        """Open a world with the scenario that is in force; raise Declined if that may not be.

        It is open when what is returned was awaited; nothing is returned where that is for sure.
        """

    def close(self, world: str, reason: str) -> Awaitable[None] | None:
        """End a world that is there; raise Declined if it has ended before.

        That is on record when what is returned was awaited, or at once where nothing is.
        """

    def archive(self, world: str) -> Awaitable[None]:
        """Write a world that has ended into one file, beside its log; raise Declined otherwise."""

    def delete(self, world: str) -> Awaitable[None]:
        """Delete a world that has ended; raise Declined otherwise. Its name stays taken."""

    def usage(self, worlds: Sequence[str]) -> dict[str, dict[str, int]]:
        """Return what was metered of each of some worlds, total by total."""

    def release(self, world: str) -> Standing | None:
        """Let a world be folded again; return how it stood, None if it did not stand still."""


class Worlds(Protocol):
    """The way in: a handle for one tenant."""

    def tenant(self, name: str) -> TenantWorlds:
        """Return the worlds of one tenant."""


class Health(msgspec.Struct, frozen=True):
    """How the runtime is, for anybody to read.

    `problems` names what does not work, `notices` what works and is worth a look.
    """

    problems: Sequence[str] = ()
    notices: Sequence[str] = ()


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the routes need.

    With `players_open_worlds` a player opens the world that it enters, where entering opens worlds.
    `tickets_per_second` are those of a tenant, `requests_per_second` what one of its players asks
    for of what is rated. `metrics` raises Declined where measurements are kept elsewhere. `failed`
    hears of what should not happen: the path that was asked for, and the error. `new_id` returns an
    id that was never returned before and that nobody can guess: it names sessions. `socket` is the
    address of the socket, relative to this API's or whole.
    """

    guard: Guard
    tickets: Tickets
    clock: Clock
    objects: Objects
    logs: Logs
    worlds: Worlds
    scenario: "Callable[[], Scenario]"
    digest: Callable[[], str]
    health: Callable[[], Health]
    metrics: Callable[[], bytes]
    new_id: Callable[[], str]
    failed: Callable[[str, Exception], None]
    socket: str = SOCKET
    tickets_per_second: float = TICKETS_PER_SECOND
    requests_per_second: float = PLAYER_RATE
    players_open_worlds: bool = False
