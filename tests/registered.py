"""Items of a tenant's registry as the library writes them, for clouds that it does not run on."""

from typing import Any

import msgspec

from lqe.adapters.dynamodb.eventsourcing.commits import Commit, Event, commit_item
from lqe.adapters.dynamodb.homes import REGISTERED
from lqe.adapters.dynamodb.table import Item
from lqe.names import REGISTRY


def registry_item(
    tenant: str, number: int, topic: str, state: dict[str, Any], token: bytes = b"token"
) -> Item:
    """Return the item of one event."""
    event = Event(tenant.encode(), number, topic, msgspec.json.encode(state))
    return commit_item(f"{tenant}#{REGISTRY}", Commit(number, [event], {}, token))


def quotas(players: int, rate: int) -> dict[str, Any]:
    """Return quotas of players a world and commands a second, as events say them."""
    return {"quotas": {"worlds": 10, "players_per_world": players, "commands_per_second": rate}}


def registration(
    tenant: str, players: int, rate: int, region: str = "local", token: bytes = b"token"
) -> Item:
    """Return the first item of a registry."""
    return registry_item(tenant, 1, REGISTERED, {"region": region} | quotas(players, rate), token)
