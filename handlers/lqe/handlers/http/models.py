"""What the HTTP API takes and gives, checked by Pydantic and written down in its OpenAPI page."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from lqe.errors import BadInput
from lqe.names import (
    PLAYER_PATTERN,
    TENANT_PATTERN,
    WORLD_PATTERN,
    check_player,
    check_tenant,
    check_world,
)

_WHOLE = re.compile(r"0|[1-9][0-9]{0,15}")
_LARGEST = 10**16 - 1  # names of snapshots have sixteen digits


def _whole(name: str) -> BeforeValidator:
    """Return what reads a number in an address, which is text; none is written in two ways."""

    def read(value: Any) -> int:
        if not isinstance(value, str) or not _WHOLE.fullmatch(value):
            reason = f"{name}: expected a whole number from 0 to {_LARGEST}, got {value!r:.80}"
            raise BadInput(reason)
        return int(value)

    return BeforeValidator(read)


def _session(value: str) -> str:
    return check_player(value) if value else value


def _world(value: str) -> str:
    return check_world(value) if value else value


def _tenant(value: str) -> str:
    return check_tenant(value) if value else value


# The checks are the domain's own; their BadInput passes through Pydantic as it is.
WorldName = Annotated[
    str, AfterValidator(check_world), Field(json_schema_extra={"pattern": f"^{WORLD_PATTERN}$"})
]
PlayerId = Annotated[
    str, AfterValidator(check_player), Field(json_schema_extra={"pattern": f"^{PLAYER_PATTERN}$"})
]
SessionId = Annotated[
    str,
    AfterValidator(_session),
    Field(
        description="the session to resume; a new one if it is not given",
        json_schema_extra={"pattern": f"^({PLAYER_PATTERN})?$"},
    ),
]
TenantName = Annotated[
    str,
    AfterValidator(_tenant),
    Field(
        description="may be left out where a key, or the only tenant served, says whose it is",
        json_schema_extra={"pattern": f"^({TENANT_PATTERN})?$"},
    ),
]
After = Annotated[
    str,
    AfterValidator(_world),
    Field(
        description="the world after which the page begins; the first page if it is not given",
        json_schema_extra={"pattern": f"^({WORLD_PATTERN})?$"},
    ),
]
Tick = Annotated[int, _whole("tick"), Field(ge=0, le=_LARGEST)]
Position = Annotated[
    int,
    _whole("since"),
    Field(ge=0, le=_LARGEST, description="the position in the log from which on to look"),
]


Reason = Annotated[
    str, Field(max_length=200, description="why, in words that the players are told")
]


class _Model(BaseModel):
    """Nothing is guessed: no unknown fields, no number for text, no change afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, from_attributes=True)


class OfTenant(_Model):
    """What is asked for is a tenant's: its key is needed where keys are."""

    tenant: TenantName = ""


class OfWorlds(OfTenant):
    """What is asked for is a page of the tenant's worlds, in the order of their names."""

    after: After = ""


class OfWorld(OfTenant):
    """What is asked for is of one world."""

    world: WorldName


class OfEnding(OfWorld):
    """Which world is to be closed, and what its players are told of it."""

    reason: Reason = ""


class OfSnapshot(OfWorld):
    """What is asked for is one snapshot."""

    tick: Tick


class OfReceipts(OfWorld):
    """What is asked for are the receipts of one player."""

    player: PlayerId
    since: Position = 0


class WorldWanted(OfTenant):
    """Which world is to be opened."""

    world: WorldName


class TicketWanted(OfTenant):
    """Who wants to enter which world."""

    world: WorldName
    player: PlayerId
    session: SessionId = ""


class TicketIssued(_Model):
    """A ticket that opens one socket, at the address `socket`, within its life."""

    ticket: str
    expires_in_s: int
    socket: str
    tenant: str
    world: str
    player: str
    session: str


class WorldShown(_Model):
    """How far a world is; `players` are connected ones, `quarantine` says why it stands still.

    One that is `closed` has ended.
    """

    world: str
    position: int
    tick: int
    scenario: str
    players: int
    closed: bool
    quarantine: str


class WorldsShown(_Model):
    """A page of a tenant's worlds; `next` is after which to go on, nothing at the end."""

    worlds: list[WorldShown]
    next: str | None


class WorldOpened(_Model):
    """A world that was opened with a scenario; players may come in."""

    tenant: str
    world: str
    scenario: str


class WorldClosed(_Model):
    """A world that was closed: what its players did till then is decided, and no more will be."""

    tenant: str
    world: str


class WorldArchived(_Model):
    """A world that is in an archive now, a file of the data folder."""

    tenant: str
    world: str
    file: str


class WorldDeleted(_Model):
    """A world that is there no more; its name stays taken."""

    tenant: str
    world: str


class UsageShown(_Model):
    """What was metered of each world of a page, by its name: totals since it was opened."""

    worlds: dict[str, dict[str, int]]
    next: str | None


class StandingShown(_Model):
    """A world in quarantine: how far its effects are out, and why it goes no further."""

    world: str
    position: int
    tick: int
    reason: str


class QuarantineShown(_Model):
    """Those of a page of a tenant's worlds that stand still; `next` as for all of them."""

    worlds: list[StandingShown]
    next: str | None


class SnapshotsShown(_Model):
    """The ticks of a world's snapshots, rising."""

    snapshots: list[int]


class ReceiptShown(_Model):
    """A command that is recorded; of one `seq` in a session the first position counts."""

    session: str
    seq: int
    position: int


class ReceiptsShown(_Model):
    """Receipts in the order of the log; `next` is where to go on, nothing at its end."""

    receipts: list[ReceiptShown]
    next: int | None


class ScenarioShown(_Model):
    """The scenario that new worlds are opened with: its rules, its commands as JSON Schema."""

    title: str
    digest: str
    rules: dict[str, Any]
    commands: dict[str, dict[str, Any]]


class HealthShown(_Model):
    """How the server is; `problems` names what does not work, `notices` what is worth a look."""

    status: Literal["ok", "degraded"]
    engine: str
    problems: list[str]
    notices: list[str]


class Problem(_Model):
    """Why a request was not answered as asked: `code` for programs, `reason` for people."""

    code: str
    reason: str
