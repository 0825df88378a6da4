"""What makes a world stand still stops that world alone, and it goes on when released."""

import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lqe.adapters.budget import WatchedBudget
from lqe.adapters.dynamodb.log import DynamoLogs
from lqe.adapters.s3 import S3Objects
from lqe.adapters.scenarios import ScenarioCode, read_source
from lqe.events import ClockAdvanced, KeyframeRecorded, PlayerJoined, ScenarioUpgraded
from lqe.fold import Snapshot
from lqe.handlers.quarantine import Quarantines, ring
from lqe.ports.intake import Message
from lqe.ports.objects import snapshot_name, source_name
from lqe.replay import Verdict, verify
from lqe.replay.script import opened
from lqe.scenario import Scenario
from tests.cloud import BUCKET, Cloud
from tests.dynamodb_local import DynamoDBLocal
from tests.recorded import STONES, TENANT, Recorded

SICK, WELL = "sick", "well"


def send(cloud: Cloud, world: str, *events: Any, name: str) -> None:
    message = Message(id=name, tenant=TENANT, world=world, events=events)
    cloud.process.intake.send([message])


def begin(cloud: Cloud, game: Recorded, digest: str = "") -> None:
    for world in (SICK, WELL):
        digest = digest or game.digest
        send(cloud, world, opened(game.code(digest), digest, 1), name="open")
        send(cloud, world, PlayerJoined(player="ann", session="s"), name="join")
    cloud.settle()


def pass_time(cloud: Cloud, game: Recorded, seconds: float, name: str) -> None:
    game.clock.us += round(seconds * 1_000_000)
    for world in (SICK, WELL):
        send(cloud, world, ClockAdvanced(), name=name)
    cloud.settle()


def standing(cloud: Cloud) -> dict[str, str]:
    quarantines = Quarantines(cloud.process.cursors)
    return {s.world: s.reason for s in quarantines.standing(TENANT, [SICK, WELL])}


def release(cloud: Cloud) -> None:
    assert Quarantines(cloud.process.cursors).release(TENANT, SICK) is not None
    ring(cloud.process.intake, TENANT, SICK, "ring")
    cloud.settle()


def both_are_at_their_end(cloud: Cloud, game: Recorded) -> None:
    assert standing(cloud) == {}
    for world in (SICK, WELL):
        log = DynamoLogs(cloud.process.table("lqe-events")).tenant(TENANT).world(world)
        assert cloud.process.cursors.tenant(TENANT).get(world).position == log.head()
        objects = S3Objects(cloud.s3, BUCKET).tenant(TENANT)
        report = verify(world, log, game.code, profile=game.profile, objects=objects)
        assert report.verdict is Verdict.VERIFIED, report


def test_bytes_that_nobody_can_read(cloud: Cloud, game: Recorded) -> None:
    begin(cloud, game)
    table = cloud.process.table("lqe-events")
    pass_time(cloud, game, 0.2, "a")
    log = DynamoLogs(table).tenant(TENANT).world(SICK)
    head = log.head()
    # A commit arrives whose body nobody can read; it is put right later.
    game.clock.us += 200_000
    send(cloud, SICK, ClockAdvanced(), name="b")
    cloud.take_in()
    key = {"pk": {"S": f"{TENANT}#{SICK}"}, "sk": {"N": str(head + 1)}}
    item = cloud.dynamodb.get_item(TableName="lqe-events", Key=key)["Item"]
    cloud.dynamodb.put_item(TableName="lqe-events", Item={**item, "body": {"B": b"spoiled"}})
    cloud.process = cloud.cold()
    cloud.warm()
    records = cloud.skip()
    assert records
    cloud.doorbell(TENANT, SICK, head + 1)
    assert "commit" in standing(cloud)[SICK]
    send(cloud, WELL, ClockAdvanced(), name="c")
    cloud.settle()
    assert list(standing(cloud)) == [SICK]
    cloud.dynamodb.put_item(TableName="lqe-events", Item=item)
    release(cloud)
    both_are_at_their_end(cloud, game)


def test_code_that_is_missing(cloud: Cloud, game: Recorded, tmp_path: Path) -> None:
    begin(cloud, game)
    newer = tmp_path / "stones"
    shutil.copytree(STONES, newer)
    (newer / "more.py").write_text("ANSWER = 42\n")
    digest = ScenarioCode(game.stored).keep(read_source(newer))
    source = game.stored.get(source_name(digest))
    game.stored._objects.pop(source_name(digest))
    send(cloud, SICK, ScenarioUpgraded(scenario=digest), name="upgrade")
    cloud.settle()
    pass_time(cloud, game, 3.0, "a")
    assert digest[:16] in standing(cloud)[SICK]
    pass_time(cloud, game, 3.0, "b")
    assert list(standing(cloud)) == [SICK]
    assert source is not None
    game.stored.put(source_name(digest), source)
    release(cloud)
    both_are_at_their_end(cloud, game)


def test_a_snapshot_with_another_digest(cloud: Cloud, game: Recorded) -> None:
    begin(cloud, game)
    objects = S3Objects(cloud.s3, BUCKET).tenant(TENANT)
    first = Snapshot.decode(objects.get(snapshot_name(SICK, 0)) or b"")
    interval = game.code(game.digest).rules.keyframe_interval
    header = msgspec.structs.replace(first.header, tick=interval)
    name = snapshot_name(SICK, interval)
    objects.put(name, Snapshot(header, first.state).encode())
    pass_time(cloud, game, 3.0, "a")
    assert "is stored with digest" in standing(cloud)[SICK]
    pass_time(cloud, game, 3.0, "b")
    assert list(standing(cloud)) == [SICK]
    cloud.s3.delete_object(Bucket=BUCKET, Key=f"{TENANT}/{name}")
    release(cloud)
    both_are_at_their_end(cloud, game)


def test_a_recorded_digest_that_this_fold_does_not_reach(cloud: Cloud, game: Recorded) -> None:
    begin(cloud, game)
    false = KeyframeRecorded(keyframe=0, position=0, digest="0" * 64, profile=game.profile)
    send(cloud, SICK, false, name="false")
    pass_time(cloud, game, 1.0, "a")
    assert "was recorded with digest 0000" in standing(cloud)[SICK]
    pass_time(cloud, game, 1.0, "b")
    assert list(standing(cloud)) == [SICK]


@pytest.mark.usefixtures("cloud")  # which opens the mock of AWS
def test_an_event_that_takes_for_ever(dynamodb_local: DynamoDBLocal, game: Recorded) -> None:
    stuck = [True]
    scenario = Scenario("stuck")

    @scenario.system()
    def spin(world: Any) -> None:
        while stuck[0] and world.tick > 20:
            pass

    good = game.code

    def code(digest: str) -> Scenario:
        return scenario if digest == "stuck" else good(digest)

    slow = Cloud(dynamodb_local, code, game.clock, WatchedBudget(event_s=1.0))
    opening = msgspec.structs.replace(opened(good(game.digest), game.digest, 1), scenario="stuck")
    send(slow, SICK, opening, name="open")
    send(slow, WELL, opened(good(game.digest), game.digest, 1), name="open")
    for world in (SICK, WELL):
        send(slow, world, PlayerJoined(player="ann", session="s"), name="join")
    slow.settle()
    pass_time(slow, game, 1.0, "a")
    assert "out of time" in standing(slow)[SICK]
    assert list(standing(slow)) == [SICK]
    stuck[0] = False
    release(slow)
    assert standing(slow) == {}
    for world in (SICK, WELL):
        log = DynamoLogs(slow.process.table("lqe-events")).tenant(TENANT).world(world)
        assert slow.process.cursors.tenant(TENANT).get(world).position == log.head()
