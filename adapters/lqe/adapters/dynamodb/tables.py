"""The tables, as the deployment makes them; for tests and for a local cloud."""

from collections.abc import Iterable
from typing import Any

EVENTS = "lqe-events"
SNAPSHOTS = "lqe-snapshots"
ENTITIES = "lqe-entities"
CONNECTIONS = "lqe-connections"

# The type of each table's sort key; the partition key `pk` is a string everywhere.
_SORT_KEYS = {EVENTS: "N", SNAPSHOTS: "S", ENTITIES: "N", CONNECTIONS: "S"}


def create_tables(client: Any, names: Iterable[str] = tuple(_SORT_KEYS)) -> None:
    """Create tables on demand capacity, that of the events with a stream of new images."""
    for name in names:
        more: dict[str, Any] = {}
        if name == EVENTS:
            more["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": _SORT_KEYS[name]},
            ],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            **more,
        )
