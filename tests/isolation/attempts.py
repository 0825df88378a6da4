"""Attempts of one tenant at what is another's, generated from a seed.

Each goes in by one entry: the HTTP API, the socket, a handle in code, or IAM itself.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any, Final, Literal
from urllib.parse import quote, urlencode

import msgspec

from lqe.handlers.connect import function as connect
from lqe.handlers.folding import tell_of, worlds_of
from lqe.handlers.http.messages import Request
from lqe.handlers.http.route import Route
from lqe.handlers.submit import function as submit
from lqe.handlers.submit.shared import rates_of
from lqe.handlers.view import function as view
from lqe.handlers.view.handler import ViewHandler
from tests.isolation.engine import BUCKET, REGION, asked, table_arn
from tests.isolation.http import api_over, claims_of, guarded_routes
from tests.isolation.layers import EDGE, HANDLE, IAM
from tests.isolation.plant import SORTS, TENANTS, WORLDS, Touched
from tests.isolation.stage import HANDLES, Stage, attempted

Entry = Literal["api", "socket", "handle", "iam"]
# How many of a hundred attempts go in by each entry.
SHARES: Final[Mapping[Entry, int]] = {"api": 40, "socket": 15, "handle": 25, "iam": 20}
_FUNCTIONS: Final[Mapping[str, Any]] = {
    "$connect": connect,
    "$disconnect": connect,
    "commands": submit,
    "view": view,
}


class Attempt(msgspec.Struct, frozen=True):
    """What `actor` tries at what is `victim`'s; `make` does it and returns what came of it.

    `before` are the layers that it has to pass.
    """

    entry: Entry
    actor: str
    victim: str
    says: str
    make: Callable[[Stage], bytes]
    before: frozenset[str] = frozenset({EDGE, HANDLE, IAM})


def attempts(seed: int, count: int) -> Iterator[Attempt]:
    """Yield attempts: the same ones for a seed."""
    chance = Random(seed)
    made = {"api": _at_api, "socket": _at_socket, "handle": _at_handle, "iam": _at_iam}
    entries = list(SHARES)
    for _ in range(count):
        (entry,) = chance.choices(entries, weights=list(SHARES.values()))
        actor, victim = chance.sample(TENANTS, 2)
        yield made[entry](chance, actor, victim)


def hostile_world(chance: Random, victim: str) -> str:
    """Return a world as it is called, or what may lead into one of the victim's."""
    world = chance.choice(WORLDS)
    key = f"{victim}#{world}"
    return chance.choice(
        (world, key, key, f"#{key}", f"../{victim}#{world}", f"{victim}/{world}", quote(key),
         f"{world}#{victim}", f"{victim}#.registry", ".registry", f"{key}\n", f"{key}\0", "*", "",
         victim, f"{victim}#*")
    )  # fmt: skip


def hostile_name(chance: Random, victim: str) -> str:
    """Return the name of an object or a document, or what may lead to one of the victim's."""
    world = chance.choice(WORLDS)
    path = chance.choice(("secret", f"snapshots/{world}/{0:016d}", "cursor", ""))
    return chance.choice(
        (path, f"/{victim}/{path}", f"/{victim}/{path}", f"../{victim}/{path}", f"/{victim[:1]}",
         f"snapshots/../../{victim}/{path}", quote(f"../{victim}/{path}", safe=""), f"{victim}/",
         f"./../{victim}/{path}", f"..\\{victim}\\{path}", "/", "", f"//{victim}/{path}",
         f"{victim}#{world}", f"%2e%2e%2f{victim}%2f{path}")
    )  # fmt: skip


def _tenant(chance: Random, actor: str, victim: str) -> str:
    """Return whose a request says that it is."""
    return chance.choice((victim, victim, victim, actor, "", f"{actor}#", f"{victim}#w1", "*"))


def _at_api(chance: Random, actor: str, victim: str) -> Attempt:
    route: Route = chance.choice(guarded_routes())
    said: dict[str, str] = {}
    assert route.asks is not None
    for field in route.asks.model_fields:
        said[field] = {
            "tenant": _tenant(chance, actor, victim),
            "world": hostile_world(chance, victim),
            "tick": "0",
            "name": hostile_name(chance, victim),
        }.get(field, "p1")
    path = route.path
    for variable in route.variables:
        value = said.pop(variable)
        path = path.replace(f"{{{variable}}}", quote(value, safe=chance.choice(("", "/#"))))
    if chance.random() < 0.05:
        path = chance.choice((f"/{victim}{path}", f"{path}/../{victim}", path.upper()))
    if not said["tenant"]:
        del said["tenant"]
    headers = {}
    if chance.random() < 0.1:
        headers["x-tenant"] = victim
    request = Request(
        method=route.method,
        path=path,
        query="" if route.has_body else urlencode(said),
        headers=headers,
        claims=claims_of(actor),
        body=json.dumps(said).encode() if route.has_body else b"",
    )

    def make(stage: Stage) -> bytes:
        # Whose token it is, is attested before the request reaches the function.
        with stage.process.acting.tenant(actor):
            return attempted(lambda: api_over(stage).respond(request).body)

    return Attempt("api", actor, victim, f"{route.method} {path} {said}", make)


def _at_socket(chance: Random, actor: str, victim: str) -> Attempt:
    route = chance.choice(tuple(_FUNCTIONS))
    own = chance.choice(WORLDS)
    attested: dict[str, Any] = {"tenant": actor, "world": own, "player": "p1", "session": "s1"}
    twist = chance.choice(("world", "player", "session", "none", "tenant", "body", "missing"))
    if twist == "world":
        attested["world"] = hostile_world(chance, victim)
    elif twist in ("player", "session"):
        attested[twist] = chance.choice((f"{victim}#w1", f"../{victim}", f"c-{victim}", "*"))
    elif twist == "tenant":  # attested by nobody: no tenant has such a name
        attested["tenant"] = chance.choice((f"{actor}#", f"{victim}#w1", f"{actor},{victim}", ""))
    elif twist == "missing":
        attested.pop(chance.choice(tuple(attested)))
    asks = {"tenant": victim, "world": own}
    body = chance.choice(
        (
            {"type": "view", **asks},
            {"type": "commands", "commands": [{"seq": 1, "name": "push", "args": {}}], **asks},
            {"type": "commands", "commands": [{"seq": 1, "name": "push", "args": {}}]},
            {"type": "heartbeat"},
        )
    )
    connection = chance.choice(("c-1", f"c-{victim}", f"c-{actor}"))
    event = {
        "requestContext": {
            "routeKey": route,
            "connectionId": connection,
            "requestId": "r1",
            "authorizer": attested if chance.random() < 0.95 else None,
        },
        "queryStringParameters": asks,
        "headers": {"x-tenant": victim},
        "body": json.dumps(body),
    }

    def make(stage: Stage) -> bytes:
        module = _FUNCTIONS[route]
        handler = _viewer(stage) if module is view else module.wire(stage.process)
        answer = attempted(lambda: module.respond(stage.process, handler, event))
        return answer + b"".join(data for _, data in stage.sockets.sent)

    return Attempt("socket", actor, victim, f"{route} {connection} {attested} {body}", make)


def _at_handle(chance: Random, actor: str, victim: str) -> Attempt:
    name, do = chance.choice(tuple(HANDLES.items()))
    tenant = chance.choice((victim, actor, actor, f"{actor}#", f"{victim}#w1", ""))
    given = (tenant, hostile_world(chance, victim), hostile_name(chance, victim))

    def make(stage: Stage) -> bytes:
        with stage.process.acting.tenant(actor):
            return attempted(lambda: do(stage, *given))

    # A message in its queue is no data at rest: no policy tells one tenant's from another's.
    before = frozenset({HANDLE} if name == "Intake.send" else {HANDLE, IAM})
    return Attempt("handle", actor, victim, f"{name} {given}", make, before)


def _viewer(stage: Stage) -> view.Viewing:
    """Return the handler of views, as it is wired but for the profile, which takes long to make."""
    worlds = worlds_of(stage.process, "a profile", attests=False)
    viewer = ViewHandler(worlds, tell_of(stage.process), stage.process.report, follows=False)
    return view.Viewing(viewer, rates_of(stage.process))


_ITEM_ACTIONS: Final = (
    "GetItem", "BatchGetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem",
    "BatchWriteItem", "ConditionCheckItem", "PartiQLSelect", "PartiQLInsert", "PartiQLUpdate",
    "PartiQLDelete",
)  # fmt: skip
_OBJECT_ACTIONS: Final = (
    "GetObject", "PutObject", "DeleteObject", "GetObjectVersion", "DeleteObjectVersion",
    "PutObjectAcl", "GetObjectTagging", "RestoreObject", "PutObjectRetention",
)  # fmt: skip


def _at_iam(chance: Random, actor: str, victim: str) -> Attempt:
    """Ask a service directly, with a session of the actor's that may have been tampered with."""
    context: dict[str, Any] = {"aws:RequestedRegion": chance.choice((REGION, REGION, "us-east-1"))}
    tag = chance.choice((actor, actor, actor, "", None, f"{victim[:-1]}", actor + victim))
    if tag is not None and tag != victim:
        context["aws:PrincipalTag/tenant"] = tag
    region = chance.choice((REGION, REGION, "", None))
    if region is not None:
        context["aws:PrincipalTag/region"] = region
    world = chance.choice(WORLDS)
    owners = {victim}
    if chance.random() < 0.6:
        action = f"dynamodb:{chance.choice(_ITEM_ACTIONS)}"
        keys = chance.choice((
            [f"{victim}#{world}"], [f"{actor}#{world}", f"{victim}#{world}"], [], None,
            [f"{victim}#{world}", f"{victim}#.registry"], [f"{victim}#.registry"],
            [f"{victim}#{world}", f"{actor}#{world}"],
        ))  # fmt: skip
        if keys is not None:
            context["dynamodb:LeadingKeys"] = keys
        resource = table_arn(chance.choice(tuple(SORTS)))
        what = f"{action} {resource} {context}"
    else:
        name = f"{victim}/{chance.choice(('secret', f'snapshots/{world}/0', ''))}"
        if chance.random() < 0.5:
            action, resource = "s3:ListBucket", f"arn:aws:s3:::{BUCKET}"
            prefix = chance.choice((name, "", victim, f"{actor[:1]}", None, f"{victim}/"))
            if prefix == f"{actor}/":
                prefix = name
            if prefix is not None:
                context["s3:prefix"] = prefix
        else:
            action = f"s3:{chance.choice(_OBJECT_ACTIONS)}"
            resource = f"arn:aws:s3:::{BUCKET}/{name}"
        what = f"{action} {resource} {context}"
    touched = Touched(what, asked(action, resource, context), frozenset(owners))

    def make(stage: Stage) -> bytes:
        stage.plant.calls.append(touched)
        return b""

    return Attempt("iam", actor, victim, what, make, frozenset({IAM}))
