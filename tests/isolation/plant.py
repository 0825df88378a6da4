"""Data of several tenants in one deployment, each with a canary, and everything that touches it.

Nothing that is written changes what is planted: each attempt meets the same data.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from lqe.adapters.dynamodb.commits import commit_item
from lqe.adapters.dynamodb.tables import CONNECTIONS, ENTITIES, EVENTS, SNAPSHOTS
from lqe.ports.cursors import Cursor
from lqe.ports.log import Commit
from tests.isolation.engine import BUCKET, REGION, Asked, asked, table_arn
from tests.registered import registration
from tests.simulation.aws.dynamodb import DynamoDB
from tests.simulation.aws.s3 import S3

# Names that begin alike, that are worlds elsewhere, and that sort around one another.
TENANTS: Final = ("a", "a-b", "ab", "acme", "acme-2", "globex", "w1")
WORLDS: Final = ("w1", "b", "acme")
SORTS: Final = {EVENTS: "N", SNAPSHOTS: "S", ENTITIES: "N", CONNECTIONS: "S"}
_WRITES: Final = ("put_item", "update_item", "delete_item", "put_object")
_ACTIONS: Final = {"list_objects_v2": "ListBucket"}


def canary(tenant: str) -> str:
    """Return what nobody but a tenant may see."""
    return f"canary.of.{tenant}:"


def is_told(data: bytes, actor: str) -> bool:
    """Say whether bytes hold the canary of anybody but the actor."""
    return any(canary(tenant).encode() in data for tenant in TENANTS if tenant != actor)


class Touched(msgspec.Struct, frozen=True):
    """One call to a service, as IAM sees it, and whose data it is about, if anybody's.

    `asked` is None for services that no policy guards by tenant.
    """

    what: str
    asked: Asked | None
    owners: frozenset[str]


def owner(key: str, separator: str = "#") -> str:
    """Return whose partition, group of messages or object it is; "" if it is nobody's."""
    found, separated, _ = key.partition(separator)
    return found if separated else ""


class Plant:
    """The services. `calls` is everything that reached one since it was last emptied."""

    def __init__(self) -> None:
        self.calls: list[Touched] = []
        self.dynamodb = DynamoDB(SORTS)
        self.s3 = S3(BUCKET)
        for tenant in TENANTS:
            for world in WORLDS:
                self._plant(tenant, world)
            # What is written down of a tenant can be read without unpacking it.
            registered = registration(tenant, 100, 100, REGION, token=canary(tenant).encode())
            self.dynamodb.put_item(TableName=EVENTS, Item=registered)
            self.s3.objects[f"{tenant}/secret"] = canary(tenant).encode()

    def _plant(self, tenant: str, world: str) -> None:
        commit = Commit(world, 0, ["x"], [msgspec.msgpack.encode({"type": canary(tenant)})])
        self.dynamodb.put_item(TableName=EVENTS, Item=commit_item(tenant, commit))
        pk = {"pk": {"S": f"{tenant}#{world}"}}
        cursor = msgspec.msgpack.encode(Cursor(position=0, quarantine=canary(tenant)))
        item: dict[str, Any]
        for name, body in (("cursor", cursor), ("secret", canary(tenant).encode())):
            item = pk | {"sk": {"S": name}, "body": {"B": body}}
            self.dynamodb.put_item(TableName=SNAPSHOTS, Item=item)
        hot = msgspec.msgpack.encode(([], {"name": canary(tenant)}))
        entity = pk | {"sk": {"N": "1"}, "as_of": {"N": "0"}, "body": {"B": hot}}
        self.dynamodb.put_item(TableName=ENTITIES, Item=entity)
        socket = {"sk": {"S": f"c-{tenant}"}, "player": {"S": canary(tenant)}}
        item = pk | socket | {"session": {"S": "s"}, "heard": {"N": "1"}, "expires": {"N": "9"}}
        self.dynamodb.put_item(TableName=CONNECTIONS, Item=item)
        self.s3.objects[f"{tenant}/snapshots/{world}/{0:016d}"] = canary(tenant).encode()

    def client(self, service: str, tags: dict[str, str]) -> "Wire":
        """Return a client of a service with the credentials of a session with these tags."""
        return Wire(self, service, tags)

    def answer(self, service: str, operation: str, given: dict[str, Any]) -> Any:
        """Return what the service answers."""
        if operation in _WRITES or service == "stepfunctions":
            return {}
        if service == "sqs":
            sent = [{"Id": each["Id"]} for each in given["Entries"]]
            return {"Successful": sent}
        if operation == "batch_get_item":
            ((table, wanted),) = given["RequestItems"].items()
            items = [
                self.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
                for key in wanted["Keys"]
            ]
            return {"Responses": {table: [item for item in items if item]}}
        return getattr({"dynamodb": self.dynamodb, "s3": self.s3}[service], operation)(**given)


class Wire:
    """A client that notes what it is asked before it asks."""

    def __init__(self, plant: Plant, service: str, tags: dict[str, str]) -> None:
        self._plant = plant
        self._service = service
        self._tags = tags

    def __getattr__(self, operation: str) -> Any:
        def call(**given: Any) -> Any:
            note = {
                "dynamodb": self._item,
                "s3": self._object,
                "sqs": self._messages,
                "stepfunctions": self._execution,
            }
            self._plant.calls.append(note[self._service](operation, given))
            return self._plant.answer(self._service, operation, given)

        return call

    def _item(self, operation: str, given: dict[str, Any]) -> Touched:
        keys = list(_partitions(given))
        table = given.get("TableName") or next(iter(given["RequestItems"]))
        action = "dynamodb:" + "".join(part.title() for part in operation.split("_"))
        context = self._context() | {"dynamodb:LeadingKeys": keys}
        owners = frozenset(map(owner, keys)) & set(TENANTS)
        return Touched(f"{action} {table} {keys}", asked(action, table_arn(table), context), owners)

    def _object(self, operation: str, given: dict[str, Any]) -> Touched:
        if "Key" in given:
            name, more = f"/{given['Key']}", {}
            owners = {owner(given["Key"], "/")} & set(TENANTS)
        else:
            name, more = "", {"s3:prefix": given["Prefix"]}
            keys = self._plant.s3.objects
            owners = {owner(k, "/") for k in keys if k.startswith(given["Prefix"])}
        named = _ACTIONS.get(operation) or "".join(p.title() for p in operation.split("_"))
        resource = f"arn:aws:s3:::{BUCKET}{name}"
        context = self._context() | more
        what = f"s3:{named} {resource} {more}"
        return Touched(what, asked(f"s3:{named}", resource, context), frozenset(owners))

    def _messages(self, operation: str, given: dict[str, Any]) -> Touched:
        groups = [entry["MessageGroupId"] for entry in given["Entries"]]
        return Touched(f"sqs {operation} {groups}", None, frozenset(map(owner, groups)))

    def _execution(self, operation: str, given: dict[str, Any]) -> Touched:
        tenant = json.loads(given["input"])["tenant"]
        return Touched(f"stepfunctions {operation} {tenant}", None, frozenset({tenant}))

    def _context(self) -> dict[str, Any]:
        tags = {f"aws:PrincipalTag/{name}": value for name, value in self._tags.items()}
        return tags | {"aws:RequestedRegion": REGION}


def _partitions(given: dict[str, Any]) -> Iterator[str]:
    for key in ("Key", "Item"):
        if key in given:
            yield given[key]["pk"]["S"]
    if "ExpressionAttributeValues" in given and ":pk" in given["ExpressionAttributeValues"]:
        yield given["ExpressionAttributeValues"][":pk"]["S"]
    for wanted in given.get("RequestItems", {}).values():
        yield from (key["pk"]["S"] for key in wanted["Keys"])
