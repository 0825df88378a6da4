"""A batch of several tenants is handled tenant by tenant, each in a session of its own."""

import json
from typing import Any

import msgspec

from lqe.adapters.dynamodb.tables import EVENTS
from lqe.handlers.append import function as append
from lqe.handlers.audit_logger import function as audit_logger
from lqe.handlers.fold import function as fold
from lqe.handlers.submit import function as submit
from lqe.handlers.warming import warmed
from lqe.ports.intake import Message
from lqe.replay.script import opened
from lqe.scenario import Scenario
from tests.isolation.plant import Plant
from tests.isolation.stage import Stage

TENANTS = ("acme", "globex", "acme", "a-b")


def sessions(plant: Plant) -> dict[str, set[str]]:
    """Return in whose sessions the data of each tenant was touched."""
    found: dict[str, set[str]] = {}
    for call in plant.calls:
        if call.asked is not None:
            (owner,) = call.owners
            tag = json.loads(call.asked.context)["aws:PrincipalTag/tenant"]
            found.setdefault(owner, set()).add(tag)
    return found


def each_in_its_own(plant: Plant) -> bool:
    return sessions(plant) == {tenant: {tenant} for tenant in TENANTS}


def queued(number: int, tenant: str) -> Any:
    opening = opened(Scenario("nothing"), "d", 1)
    message = Message(id=f"m{number}", tenant=tenant, world=f"new-{number}", events=(opening,))
    return {
        "messageId": f"sqs-{number}",
        "body": msgspec.json.encode(message).decode(),
        "attributes": {
            "MessageGroupId": f"{tenant}#new-{number}",
            "ApproximateReceiveCount": "1",
        },
    }


def test_of_the_intake() -> None:
    stage = Stage(Plant())
    records = [queued(number, tenant) for number, tenant in enumerate(TENANTS)]
    answer = append.respond(stage.process, append.wire(stage.process), {"Records": records})
    assert answer == {"batchItemFailures": []}
    assert each_in_its_own(stage.plant)
    puts = [c.what for c in stage.plant.calls if c.what.startswith(f"dynamodb:PutItem {EVENTS}")]
    assert len(puts) == len(TENANTS)


def test_of_the_stream() -> None:
    stage = Stage(Plant())
    records = [
        {
            "eventName": "INSERT",
            "dynamodb": {"SequenceNumber": str(number), "Keys": key, "NewImage": key},
        }
        for number, tenant in enumerate(TENANTS)
        for key in [{"pk": {"S": f"{tenant}#new"}, "sk": {"N": "0"}}]
    ]
    fold.respond(stage.process, fold.wire(stage.process), {"Records": records})
    assert each_in_its_own(stage.plant)


def test_of_signals() -> None:
    stage = Stage(Plant())
    for tenant in TENANTS:
        place = {"tenant": tenant, "world": "w1", "position": 0, "index": 0}
        signal = {"name": "usage", "tick": 1, "data": {"events": 1, "commands": 0, "ticks": 1}}
        detail = place | {"signal": signal}
        event = {"source": "ledgerquest", "detail-type": "usage", "detail": detail}
        audit_logger.respond(stage.process, audit_logger.wire(stage.process), event)
    assert each_in_its_own(stage.plant)


def test_of_warm_ups() -> None:
    stage = Stage(Plant())
    edge = submit.wire(stage.process)
    for tenant in TENANTS:
        event = {"warm_up": {"tenant": tenant, "world": "new"}}
        assert warmed(stage.process, edge, event, submit.get_ready)
        assert warmed(stage.process, edge, event)
    assert each_in_its_own(stage.plant)
