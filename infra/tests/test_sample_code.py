"""The sample code of the design brief, byte for byte, as a Lambda function in the emulator.

The queue of such a handler has no other consumer, so its world lies in tables of its own.
"""

import json
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

from infra.tests.stack import Stack
from lqe.adapters.dynamodb.log import DynamoLogs
from lqe.adapters.dynamodb.table import Table
from lqe.adapters.memory import MemoryObjects
from lqe.adapters.s3 import S3Objects
from lqe.adapters.scenarios import ScenarioCode
from lqe.cli.cloud.package import build_package, this_machine
from lqe.codec import Codec
from lqe.events import ClockAdvanced, CommandSubmitted, PlayerJoined, WorldOpened, event_name
from lqe.limits import Limits
from lqe.ports.log import Commit
from lqe.profile import numeric_profile
from lqe.replay import Verdict, verify
from lqe.source import Source
from tests.seed.test_sample_code import BLOCK, SAMPLE_DIGEST, SCENARIO, START_US, record

TENANT, WORLD, PLAYERS = "acme", "north", 10
TABLES = {"EVENTS": "N", "SNAPSHOTS": "S", "ENTITY": "N", "CONNECTIONS": "S"}


def package(folder: Path, source: Source) -> bytes:
    """Return the function package with the brief's two files in it."""
    file = folder / "function.zip"
    architecture, python = this_machine()
    build_package(file, [source], architecture=architecture, python=python)
    with zipfile.ZipFile(file, "a") as packed:
        packed.writestr("game/__init__.py", "")
        packed.writestr("game/handlers.py", BLOCK)
        packed.writestr("game/entities.py", BLOCK[: BLOCK.index("# game/handlers.py")])
    return file.read_bytes()


def make_tables(stack: Stack) -> dict[str, str]:
    """Make the handler's tables; return its environment, in which they are named."""
    outputs, dynamodb = stack.deployed.outputs, stack.client("dynamodb")
    environment = {
        "OBJECTS_BUCKET": outputs["Objects"],
        "INTAKE_URL": outputs["Intake"],
        "SIGNALS_BUS": "lqe-signals",
        "SOCKETS_URL": outputs["SocketUrl"],
    }
    for name, kind in TABLES.items():
        table = environment[f"{name}_TABLE"] = f"sample-{name.lower()}"
        dynamodb.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": kind},
            ],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
        )
    return environment


def open_world(stack: Stack, digest: str) -> Any:
    """Record that a world was opened and ten players joined; return its log."""
    opened = WorldOpened(
        scenario=digest, rules=1, seed=b"s" * 32, tick_us=16_000, keyframe_interval=5,
        limits=Limits(), at_us=START_US,
    )  # fmt: skip
    joins = [PlayerJoined(player=f"p{n}", session=f"s{n}", at_us=START_US) for n in range(PLAYERS)]
    events, encode = [opened, *joins], Codec().encode
    logs = DynamoLogs(Table(stack.client("dynamodb"), "sample-events")).tenant(TENANT)
    commit = Commit(WORLD, 0, [event_name(e) for e in events], [encode(e) for e in events])
    assert logs.append([commit]) == [None]
    return logs.world(WORLD)


def test_ten_records_give_one_commit_one_tick_and_a_verified_replay(
    stack: Stack, tmp_path: Path
) -> None:
    assert sha256(BLOCK.encode()).hexdigest() == SAMPLE_DIGEST
    code = ScenarioCode(MemoryObjects().tenant(TENANT))
    source = Source(package="reps", files={"__init__.py": SCENARIO})
    environment = make_tables(stack)
    log = open_world(stack, code.keep(source))
    functions = stack.client("lambda")
    functions.create_function(
        FunctionName="sample-tick",
        Runtime="python3.13",
        Role="arn:aws:iam::000000000000:role/sample",
        Handler="game.handlers.lambda_handler",
        Code={"ZipFile": package(tmp_path, source)},
        Timeout=60,
        Environment={"Variables": environment},
    )
    event = {"Records": [record(number) for number in range(PLAYERS)]}
    answer = functions.invoke(FunctionName="sample-tick", Payload=json.dumps(event))
    assert json.loads(answer["Payload"].read()) == {"statusCode": 200, "body": '{"processed": 10}'}

    table = stack.client("dynamodb").query(
        TableName="sample-events",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"{TENANT}#{WORLD}"}},
    )
    assert table["Count"] == 2, "the opening, and one commit"
    added = [Codec().decode(r.data) for r in log.read(PLAYERS + 1)]
    assert sum(isinstance(e, CommandSubmitted) for e in added) == 10
    assert [(e.tick, e.at_us) for e in added if isinstance(e, ClockAdvanced)] == [
        (1, START_US + 16_000)
    ]
    objects = S3Objects(stack.client("s3"), environment["OBJECTS_BUCKET"]).tenant(TENANT)
    report = verify(WORLD, log, code, profile=numeric_profile(), objects=objects)
    assert report.verdict is Verdict.VERIFIED
    assert (report.applied, report.refused) == (10, {})
