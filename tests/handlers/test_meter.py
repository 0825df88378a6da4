"""The bill, the whole way in the cloud: what the operator states, a tenant comes to by itself."""

import msgspec

from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.dynamodb.documents import DynamoDocuments
from lqe.adapters.dynamodb.log import DynamoLogs
from lqe.adapters.dynamodb.table import Table
from lqe.adapters.dynamodb.tables import SNAPSHOTS
from lqe.events import CommandSubmitted
from lqe.handlers.meter.handler import Meter
from lqe.ports.cursors import Cursor
from lqe.ports.intake import Message
from lqe.projections.months import month_named
from lqe.projections.statement import Statement, statement_of
from lqe.projections.usage import usage_of
from lqe.replay.script import make_script
from lqe.usage import Usage
from tests.cloud import Cloud
from tests.logs import copied
from tests.recorded import TENANT, WORLD, Recorded

NOVEMBER = month_named("2023-11")
MONTHS = [NOVEMBER, NOVEMBER.following]


def played_over_a_month(cloud: Cloud, game: Recorded) -> int:
    """Play from November into December, where all comes twice and late; return the commands."""
    script = make_script(game.code, game.digest, players=3, ticks=130, seed=7, interval=50)
    start = NOVEMBER.following.start_us - 60 * 16_000
    for number in range(0, len(script), 7):
        events = script[number : number + 7]
        game.clock.us = start + events[-1].tick * 16_000
        messages = [
            Message(id=f"m{i}", tenant=TENANT, world=WORLD, events=(event,))
            for i, event in enumerate(events, number)
        ]
        cloud.process.intake.send(messages)
        cloud.take_in()
        # As the queue does when an answer was lost: these are known by their ids.
        again = [msgspec.structs.replace(m, redelivered=True) for m in messages[3:]]
        assert cloud.append.handle(again).appended == []
        cloud.follow(limit=3)
    while cloud.take_in() or cloud.follow():
        pass
    cloud.bus.events = [*reversed(cloud.bus.events), *cloud.bus.events[::2]]
    cloud.observe()
    assert cloud.faults == []
    return sum(isinstance(event, CommandSubmitted) for event in script)


def statements(cloud: Cloud, *, metered: bool = True) -> list[Statement]:
    """Return what the operator states."""
    log = DynamoLogs(cloud.process.table("lqe-events")).tenant(TENANT)
    counted = Meter(cloud.process.documents).of(TENANT)
    return [
        statement_of(TENANT, month, log, [WORLD], *([counted] if metered else []))
        for month in MONTHS
    ]


def test_the_tenants_statement_is_the_operators_to_the_byte(cloud: Cloud, game: Recorded) -> None:
    commands = played_over_a_month(cloud, game)
    log = DynamoLogs(cloud.process.table("lqe-events")).tenant(TENANT).world(WORLD)
    own = copied(log.read())
    mine = [statement_of(TENANT, month, own, [WORLD]) for month in MONTHS]
    documents = cloud.process.documents.tenant(TENANT)
    months = documents.names(WORLD, "usage/")
    assert months == ["usage/2023-11", "usage/2023-12"]
    assert [s.encode() for s in statements(cloud)] == [s.encode() for s in mine]
    assert [s.encode() for s in statements(cloud, metered=False)] == [s.encode() for s in mine]
    assert all(s.total.commands > 0 and s.total.write_units > 0 for s in mine)
    assert sum(s.total.events for s in mine) == log.head() + 1
    assert sum(s.total.commands for s in mine) == commands

    # Everything beside the log is lost, and made anew from it by a fold that starts at nothing.
    kept = {name: documents.get(WORLD, name) for name in months}
    for item in cloud.process.table(SNAPSHOTS).query(f"{TENANT}#{WORLD}"):
        Table(cloud.dynamodb, SNAPSHOTS).delete({"pk": item["pk"], "sk": item["sk"]})
    assert [s.encode() for s in statements(cloud)] == [s.encode() for s in mine]
    cloud.process = cloud.cold()
    cloud.warm()
    cloud.doorbell(TENANT, WORLD, log.head())
    cloud.observe()
    assert {name: documents.get(WORLD, name) for name in months} == kept
    assert [s.encode() for s in statements(cloud)] == [s.encode() for s in mine]


def test_a_cursor_that_an_older_engine_wrote_is_counted_anew(cloud: Cloud, game: Recorded) -> None:
    script = make_script(game.code, game.digest, players=2, ticks=90, seed=8, interval=50)
    for number, event in enumerate(script):
        game.clock.us += event.tick * 16
        message = Message(id=f"m{number}", tenant=TENANT, world=WORLD, events=(event,))
        cloud.process.intake.send([message])
        if number == len(script) // 2:
            cloud.settle()
            cursors = DocumentCursors(DynamoDocuments(Table(cloud.dynamodb, SNAPSHOTS)))
            old = cursors.tenant(TENANT).get(WORLD)
            assert cursors.tenant(TENANT).move(
                WORLD, old, msgspec.structs.replace(old, usage=Usage())
            )
            cloud.process = cloud.cold()
            cloud.warm()
    cloud.settle()
    cursor: Cursor = cloud.process.cursors.tenant(TENANT).get(WORLD)
    log = DynamoLogs(cloud.process.table("lqe-events")).tenant(TENANT).world(WORLD)
    assert cursor.usage == usage_of(log)
    assert cursor.usage.commands > 0
