"""One process of a deployment before an attempt, and everything that a handle can be asked."""

import contextlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from lqe.adapters.aws.scoped import Check
from lqe.adapters.aws.sessions import TenantSessions
from lqe.adapters.budget import Unlimited
from lqe.adapters.dynamodb.buckets import DynamoBuckets
from lqe.adapters.dynamodb.log import DynamoLogs
from lqe.errors import MissingCode
from lqe.events import ClockAdvanced
from lqe.fold import Code
from lqe.handlers.folding import hot_of
from lqe.handlers.process import Process
from lqe.handlers.settings import Settings
from lqe.names import check_tenant
from lqe.ports.buckets import Bucket
from lqe.ports.cursors import Cursor
from lqe.ports.hot import HotEntity
from lqe.ports.intake import Message
from lqe.ports.log import Commit
from lqe.ports.push import Connection
from tests.isolation.engine import BUCKET, REGION
from tests.isolation.plant import Plant

NOW_US: Final = 1_700_000_000_000_000
SETTINGS: Final = Settings(
    bucket=BUCKET, queue="queue.fifo", sockets="sockets", state_machine="ticks"
)
_LATER: Final = datetime(2100, 1, 1, tzinfo=UTC)


class Clock:
    def now_us(self) -> int:
        return NOW_US


class Sts:
    """Hands out credentials that say what their session is tagged with."""

    def assume_role(self, *, Tags: Any, **_: Any) -> Any:  # noqa: N803
        tags = {tag["Key"]: tag["Value"] for tag in Tags}
        token = {"AccessKeyId": "k", "SecretAccessKey": "s", "SessionToken": json.dumps(tags)}
        return {"Credentials": token | {"Expiration": _LATER}}


class Sockets:
    """Notes whom what is sent to, and whose socket that is."""

    def __init__(self, plant: Plant) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self._plant = plant

    def send(self, connection: str, data: bytes) -> None:
        self.sent.append((connection, data))

    show = send

    def close(self, connection: str, _reason: str) -> None:
        self.sent.append((connection, b""))

    def drain(self) -> None:
        pass


class Stage:
    """A process that has just started, over what is planted."""

    def __init__(self, plant: Plant, resident: Check = check_tenant) -> None:
        self.plant = plant
        sessions = TenantSessions(
            Sts(),
            "role",
            lambda _: REGION,
            Clock(),
            client_of=lambda service, **with_: plant.client(
                service, json.loads(with_["aws_session_token"])
            ),
        )
        self.process = Process(
            SETTINGS,
            client=lambda service: plant.client(service, {}),
            clock=Clock(),
            budget=Unlimited(),
            code_of=_no_code,
            report=lambda *_: None,
            resident=resident,
            sessions=sessions,
        )
        self.sockets = Sockets(plant)
        self.process.__dict__["push"] = self.sockets
        self.logs = DynamoLogs(self.process.table(SETTINGS.events))
        self.objects = self.process.objects
        self.hot = hot_of(self.process)
        self.buckets = DynamoBuckets(self.process.table(SETTINGS.connections), Clock())


def _no_code(_tenant: str) -> Code:
    raise MissingCode("none is planted")


# What is done with a handle of a tenant, a world and a name.
Do = Callable[[Stage, str, str, str], Any]


def _commit(world: str) -> Commit:
    return Commit(world, 1, ["x"], [b"x"])


def _connection(tenant: str, world: str, name: str) -> Connection:
    return Connection(name or "c", tenant, world, "p", "s")


HANDLES: Final[Mapping[str, Do]] = {
    "WorldLog.head": lambda s, t, w, _: s.logs.tenant(t).world(w).head(),
    "WorldLog.read": lambda s, t, w, _: list(s.logs.tenant(t).world(w).read()),
    "WorldLog.places": lambda s, t, w, n: s.logs.tenant(t).world(w).places([n]),
    "TenantLog.world": lambda s, t, w, _: list(s.logs.tenant(t).world(w).read(0, 1)),
    "TenantLog.append": lambda s, t, w, _: s.logs.tenant(t).append([_commit(w)]),
    "TenantDocuments.get": lambda s, t, w, n: s.process.documents.tenant(t).get(w, n),
    "TenantDocuments.replace": lambda s, t, w, n: s.process.documents.tenant(t).replace(
        w, n, None, b"x"
    ),
    "TenantDocuments.names": lambda s, t, w, n: s.process.documents.tenant(t).names(w, n),
    "TenantCursors.get": lambda s, t, w, _: s.process.cursors.tenant(t).get(w),
    "TenantCursors.move": lambda s, t, w, _: s.process.cursors.tenant(t).move(
        w, s.process.cursors.tenant(t).get(w), Cursor(position=9)
    ),
    "TenantObjects.get": lambda s, t, _, n: s.objects.tenant(t).get(n),
    "TenantObjects.put": lambda s, t, _, n: s.objects.tenant(t).put(n, b"x"),
    "TenantObjects.names": lambda s, t, _, n: s.objects.tenant(t).names(n),
    "HotEntities.get": lambda s, t, w, _: s.hot.get(t, w, 1),
    "HotEntities.replace": lambda s, t, w, _: s.hot.replace(
        t, w, 9, [HotEntity(entity=2, position=9, tags=[], components={})]
    ),
    "Connections.of": lambda s, t, w, _: s.process.connections.of(t, w),
    "Connections.add": lambda s, t, w, n: s.process.connections.add(_connection(t, w, n), NOW_US),
    "Connections.remove": lambda s, t, w, n: s.process.connections.remove(_connection(t, w, n)),
    "Connections.heard": lambda s, t, w, n: s.process.connections.heard(
        _connection(t, w, n), NOW_US
    ),
    "Connections.ask": lambda s, t, w, n: s.process.connections.ask(_connection(t, w, n)),
    "Connections.answered": lambda s, t, w, n: s.process.connections.answered(_connection(t, w, n)),
    "Connections.awake": lambda s, t, w, _: s.process.connections.awake(t, w, 0),
    "Buckets.allows": lambda s, t, _, n: s.buckets.allows(t, n, Bucket.of(50), 1),
    "Entitlements.of": lambda s, t, *_: s.process.entitlements.of(t),
    "Intake.send": lambda s, t, w, n: s.process.intake.send(
        [Message(id=n, tenant=t, world=w, events=(ClockAdvanced(),))]
    ),
}


def attempted(do: Callable[[], Any]) -> bytes:
    """Return what came of it, as bytes; nothing for what was refused."""
    with contextlib.suppress(Exception):
        return repr(do()).encode()
    return b""
