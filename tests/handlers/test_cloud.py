"""The whole way of a command in the cloud, and that it writes what the embedded way writes."""

import json
from typing import Any

import msgspec
import pytest

from lqe.adapters.dynamodb.log import DynamoLogs
from lqe.adapters.s3 import S3Objects
from lqe.events import ClockAdvanced, KeyframeRecorded, PlayerJoined
from lqe.handlers.achievements.handler import Achievements
from lqe.handlers.connect import function as connect
from lqe.handlers.meter.handler import Meter
from lqe.handlers.submit import function as submit
from lqe.handlers.view import function as view
from lqe.handlers.warming import WarmUp, warm_up_in
from lqe.ports.intake import Message
from lqe.projections.usage import usage_of
from lqe.replay import Verdict, verify
from lqe.replay.script import make_script, opened
from tests.cloud import BUCKET, Cloud
from tests.recorded import START_US, TENANT, WORLD, Recorded
from tests.simulation.aws.errors import refusal

PUSH = {"dx": 1.0, "dy": 0.0}


def log_of(cloud: Cloud) -> Any:
    return DynamoLogs(cloud.process.table("lqe-events")).tenant(TENANT).world(WORLD)


def socket_event(route: str, connection: str, player: str, body: object = None) -> Any:
    attested = {"tenant": TENANT, "world": WORLD, "player": player, "session": f"s-{player}"}
    request = f"{connection}-{route}-{json.dumps(body)}"
    return {
        "requestContext": {
            "routeKey": route,
            "connectionId": connection,
            "requestId": request,
            "authorizer": attested,
        },
        "body": json.dumps(body) if body is not None else None,
        "isBase64Encoded": False,
    }


def heard(cloud: Cloud, connection: str) -> list[Any]:
    return [json.loads(data) for to, data in cloud.gateway.sent if to == connection]


def begin(cloud: Cloud, game: Recorded) -> None:
    opening = opened(game.code(game.digest), game.digest, 1)
    cloud.process.intake.send([Message(id="o", tenant=TENANT, world=WORLD, events=(opening,))])
    cloud.settle()


def test_the_same_script_gives_the_same_bytes_embedded_and_in_the_cloud(
    cloud: Cloud, game: Recorded
) -> None:
    script = make_script(game.code, game.digest, players=3, ticks=300, seed=5)
    for number, event in enumerate(script):
        game.clock.us = START_US + event.tick * 16_000
        game.send(event, f"m{number}")
        message = Message(id=f"m{number}", tenant=TENANT, world=WORLD, events=(event,))
        cloud.process.intake.send([message])
        cloud.settle()
    embedded = [(r.position, r.name, r.data) for r in game.records()]
    in_the_cloud = [(r.position, r.name, r.data) for r in log_of(cloud).read()]
    assert cloud.faults == []
    assert in_the_cloud == embedded
    assert any(isinstance(e, KeyframeRecorded) for e in game.events())
    assert cloud.faults == []


def test_a_log_read_back_from_the_table_replays_to_its_recorded_digests(
    cloud: Cloud, game: Recorded
) -> None:
    for number, event in enumerate(
        make_script(game.code, game.digest, players=3, ticks=200, seed=6)
    ):
        game.clock.us = START_US + event.tick * 16_000
        message = Message(id=f"m{number}", tenant=TENANT, world=WORLD, events=(event,))
        cloud.process.intake.send([message])
        if number % 7 == 0:
            cloud.settle()
    cloud.settle()
    report = verify(
        WORLD,
        log_of(cloud),
        game.code,
        profile=game.profile,
        objects=S3Objects(cloud.s3, BUCKET).tenant(TENANT),
    )
    assert report.verdict is Verdict.VERIFIED
    usage = Meter(cloud.process.documents).usage(TENANT, WORLD)
    assert 0 < usage.commands <= usage_of(log_of(cloud)).commands


def test_a_player_connects_plays_and_hears_of_it(cloud: Cloud, game: Recorded) -> None:
    begin(cloud, game)
    edge = submit.wire(cloud.process)
    for player in ("ann", "bob"):
        event = socket_event("$connect", f"c-{player}", player)
        assert connect.respond(cloud.process, cloud.process.connect, event) == {"statusCode": 200}
        cloud.settle()
    (first,) = [m for m in heard(cloud, "c-ann") if m["type"] == "view"]
    assert first["session"] == "s-ann"
    frame = {
        "type": "commands",
        "commands": [{"seq": 1, "name": "push", "args": {"dx": 1.0, "dy": 0.0}}],
    }
    game.clock.us += 2_000_000
    event = socket_event("commands", "c-ann", "ann", frame)
    assert submit.respond(cloud.process, edge, event) == {"statusCode": 200}
    cloud.settle()
    kinds = [m["type"] for m in heard(cloud, "c-ann")]
    assert kinds.count("receipt") == 1
    assert kinds.count("outcome") == 1
    assert kinds.index("receipt") < kinds.index("outcome")
    assert "delta" in [m["type"] for m in heard(cloud, "c-bob")]
    (receipt,) = [m for m in heard(cloud, "c-ann") if m["type"] == "receipt"]
    ((seq, position),) = receipt["commands"]
    (record,) = log_of(cloud).read(position, position + 1)
    assert (seq, record.name) == (1, "command.submitted.v1")


def test_a_frame_that_is_wrong_is_rejected_on_its_socket_and_not_recorded(
    cloud: Cloud, game: Recorded
) -> None:
    begin(cloud, game)
    edge = submit.wire(cloud.process)
    head = log_of(cloud).head()
    event = socket_event("commands", "c-ann", "ann", {"type": "commands", "commands": []})
    assert submit.respond(cloud.process, edge, event) == {"statusCode": 200}
    cloud.settle()
    assert [m["code"] for m in heard(cloud, "c-ann")] == ["malformed"]
    assert log_of(cloud).head() == head


def test_a_client_that_lost_track_gets_its_view_from_a_process_that_knows_nothing(
    cloud: Cloud, game: Recorded
) -> None:
    begin(cloud, game)
    event = socket_event("$connect", "c1", "ann")
    connect.respond(cloud.process, cloud.process.connect, event)
    cloud.settle()
    cloud.gateway.sent.clear()
    cold = cloud.cold()
    viewer = view.wire(cold)
    asking = socket_event("view", "c1", "ann", {"type": "view"})
    view.respond(cold, viewer, asking)
    (sent,) = heard(cloud, "c1")
    assert sent["type"] == "view"
    assert sent["position"] == log_of(cloud).head()
    message = Message(
        id="b", tenant=TENANT, world=WORLD, events=(PlayerJoined(player="bob", session="s"),)
    )
    cloud.process.intake.send([message])
    cloud.settle()
    view.respond(cold, viewer, asking)
    assert heard(cloud, "c1")[-1]["position"] == log_of(cloud).head()


def test_deltas_follow_on_a_view_that_was_asked_for(cloud: Cloud, game: Recorded) -> None:
    begin(cloud, game)
    connect.respond(cloud.process, cloud.process.connect, socket_event("$connect", "c1", "ann"))
    cloud.settle()
    cold = cloud.cold()
    view.respond(cold, view.wire(cold), socket_event("view", "c1", "ann", {"type": "view"}))
    cloud.gateway.sent.clear()
    for number in range(3):
        game.clock.us += 1_000_000
        message = Message(id=f"t{number}", tenant=TENANT, world=WORLD, events=(ClockAdvanced(),))
        cloud.process.intake.send([message])
        cloud.settle()
    first, *following = [m for m in heard(cloud, "c1") if m["type"] in ("view", "delta")]
    assert first["type"] == "view"
    at = first["position"]
    assert [m["type"] for m in following] == ["delta"] * len(following)
    for delta in following:
        assert delta["since"] == at
        at = delta["position"]
    assert len(following) >= 2


def test_a_quorum_starts_ahead_what_its_first_commands_come_to(
    cloud: Cloud, game: Recorded
) -> None:
    begin(cloud, game)
    assert cloud.functions.invoked == []
    event = socket_event("$connect", "c-ann", "ann")
    connect.respond(cloud.process, cloud.process.connect, event)
    cloud.settle()
    names = [name for name, _ in cloud.functions.invoked]
    assert names == ["lqe-submit", "lqe-ticker", "lqe-tick"]
    asked = [warm_up_in(event) for _, event in cloud.functions.invoked]
    assert asked == [WarmUp(TENANT, WORLD)] * 3


def test_time_begins_with_the_quorum_and_stops_when_nobody_was_heard_for_a_minute(
    cloud: Cloud, game: Recorded
) -> None:
    begin(cloud, game)
    assert cloud.states.executions == {}
    connect.respond(cloud.process, cloud.process.connect, socket_event("$connect", "c1", "ann"))
    cloud.settle()
    (run,) = cloud.states.running(TENANT, WORLD)
    head = log_of(cloud).head()

    def pass_time(seconds: float) -> None:
        game.clock.us += round(seconds * 1_000_000)

    cloud.sleep = pass_time
    run.step()
    cloud.settle()
    ticks = [r for r in log_of(cloud).read(head + 1) if r.name == "clock.advanced.v1"]
    assert len(ticks) in (20, 21), "the game's cadence is 20 a second"
    game.clock.us += 61_000_000
    while run.status == "RUNNING":
        run.step()
    assert run.status == "SUCCEEDED"
    beat = {"type": "heartbeat"}
    edge = submit.wire(cloud.process)
    submit.respond(cloud.process, edge, socket_event("heartbeat", "c1", "ann", beat))
    assert len(cloud.states.running(TENANT, WORLD)) == 1, "whoever is heard again has time again"
    submit.respond(cloud.process, edge, socket_event("heartbeat", "c1", "ann", beat))
    assert len(cloud.states.executions) == 2


def test_time_that_may_not_be_started_is_reported_and_started_when_somebody_is_next_heard(
    cloud: Cloud, game: Recorded
) -> None:
    begin(cloud, game)
    connect.respond(cloud.process, cloud.process.connect, socket_event("$connect", "c1", "ann"))
    cloud.settle()
    (run,) = cloud.states.running(TENANT, WORLD)
    run.abort()
    start, cloud.states.start_execution = cloud.states.start_execution, refuse  # type: ignore[method-assign]
    game.clock.us += 31_000_000
    edge = submit.wire(cloud.process)
    heartbeat = socket_event("heartbeat", "c1", "ann", {"type": "heartbeat"})
    assert submit.respond(cloud.process, edge, heartbeat) == {"statusCode": 200}
    coming = socket_event("$connect", "c2", "bob")
    assert connect.respond(cloud.process, cloud.process.connect, coming)["statusCode"] == 503
    assert [("AccessDenied" in fault) for fault in cloud.faults] == [True, True]
    cloud.states.start_execution = start  # type: ignore[method-assign]
    game.clock.us += 20_000_000
    submit.respond(cloud.process, edge, heartbeat)
    assert len(cloud.states.running(TENANT, WORLD)) == 1


def refuse(**_asked: Any) -> Any:
    raise refusal("StartExecution", "AccessDeniedException")


def test_a_connection_that_is_gone_without_a_word_leaves_its_world(
    cloud: Cloud, game: Recorded
) -> None:
    begin(cloud, game)
    for player in ("ann", "bob"):
        event = socket_event("$connect", f"c-{player}", player)
        connect.respond(cloud.process, cloud.process.connect, event)
        cloud.settle()
    cloud.gateway.gone.add("c-bob")
    game.clock.us += 31_000_000
    edge = submit.wire(cloud.process)
    frame = {"type": "commands", "commands": [{"seq": 1, "name": "push", "args": PUSH}]}
    submit.respond(cloud.process, edge, socket_event("commands", "c-ann", "ann", frame))
    cloud.settle()
    left = [r for r in log_of(cloud).read() if r.name == "player.left.v1"]
    assert [msgspec.msgpack.decode(r.data)["player"] for r in left] == ["bob"]
    assert [c.id for c in cloud.process.connections.of(TENANT, WORLD)] == ["c-ann"]


def test_a_connection_that_is_being_made_is_not_taken_for_gone(
    cloud: Cloud, game: Recorded
) -> None:
    begin(cloud, game)
    cloud.gateway.gone.add("c-ann")  # as long as `$connect` is not answered
    connect.respond(cloud.process, cloud.process.connect, socket_event("$connect", "c-ann", "ann"))
    cloud.settle()
    cloud.gateway.gone.clear()
    assert [c.id for c in cloud.process.connections.of(TENANT, WORLD)] == ["c-ann"]
    game.clock.us += 1_000_000
    edge = submit.wire(cloud.process)
    frame = {"type": "commands", "commands": [{"seq": 1, "name": "push", "args": PUSH}]}
    submit.respond(cloud.process, edge, socket_event("commands", "c-ann", "ann", frame))
    cloud.settle()
    assert "outcome" in [m["type"] for m in heard(cloud, "c-ann")]


def test_nobody_comes_in_without_a_ticket_that_somebody_attested(cloud: Cloud) -> None:
    event = socket_event("$connect", "c1", "ann")
    event["requestContext"]["authorizer"] = None
    answer = connect.respond(cloud.process, cloud.process.connect, event)
    assert answer["statusCode"] == 403
    late = socket_event("$connect", "c1", "ann")
    late["requestContext"]["authorizer"]["expires"] = "1000"
    assert connect.respond(cloud.process, cloud.process.connect, late)["statusCode"] == 403
    assert cloud.process.connections.of(TENANT, WORLD) == []


@pytest.mark.parametrize(
    ("offered", "accepted"),
    [
        ({"Sec-WebSocket-Protocol": "lqe.v1.json"}, {"Sec-WebSocket-Protocol": "lqe.v1.json"}),
        ({"sec-websocket-protocol": "x, lqe.v1.json"}, {"Sec-WebSocket-Protocol": "lqe.v1.json"}),
        ({"Sec-WebSocket-Protocol": "lqe.v1.json2"}, None),
        ({"Host": "a.example"}, None),
        (None, None),
    ],
)
def test_a_socket_is_accepted_with_the_protocol_that_its_client_offers(
    cloud: Cloud, offered: Any, accepted: Any
) -> None:
    event = socket_event("$connect", "c1", "ann") | {"headers": offered}
    answer = connect.respond(cloud.process, cloud.process.connect, event)
    assert (answer["statusCode"], answer.get("headers")) == (200, accepted)


def test_a_process_that_starts_cold_after_every_batch_writes_the_same(
    cloud: Cloud, game: Recorded
) -> None:
    script = make_script(game.code, game.digest, players=2, ticks=120, seed=7)
    for number, event in enumerate(script):
        game.clock.us = START_US + event.tick * 16_000
        game.send(event, f"m{number}")
        message = Message(id=f"m{number}", tenant=TENANT, world=WORLD, events=(event,))
        cloud.process.intake.send([message])
        cloud.process = cloud.cold()
        cloud.warm()
        cloud.settle()
    assert [r.data for r in log_of(cloud).read()] == [r.data for r in game.records()]
    assert Achievements(cloud.process.documents).of(TENANT, WORLD) == []
