"""What a command costs in DynamoDB's units, the whole way, metered by the service itself.

`python -m bench.cost` prints the table; `python -m bench cost` its first line against the limit.
It runs the functions over DynamoDB Local, whose write units are AWS's (of puts, not transactions).
"""

import os
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import msgspec
from moto import mock_aws
from rich.console import Console
from rich.table import Table as Printed

from lqe.adapters.dynamodb.log import DynamoLogs
from lqe.adapters.dynamodb.table import Spent
from lqe.adapters.memory import MemoryObjects
from lqe.adapters.scenarios import ScenarioCode, read_source
from lqe.codec import Codec
from lqe.events import AnyEvent, CommandSubmitted
from lqe.ports.intake import Message
from lqe.ports.push import Connection
from lqe.projections.usage import usage_of
from lqe.replay.script import make_script
from tests.cloud import Cloud
from tests.dynamodb_local import DynamoDBLocal

from .measure import Result, times

_SAMPLE = Path(__file__).parents[1] / "samples" / "sales_simulator"
_BOTS, _TICKS, _A_COMMIT = 20, 4_000, 10
_LIMIT = 0.15
_START_US = 1_700_000_000_000_000
_UNIT = 1_024


class Clock:
    def __init__(self) -> None:
        self.us = _START_US

    def now_us(self) -> int:
        return self.us


class Metered(msgspec.Struct):
    """Units by table for a number of commands, what the events were like, units on the bill."""

    commands: int
    spent: dict[str, Spent]
    sizes: list[int]
    objects: int
    billed: int


def metered(events: Sequence[AnyEvent], code: ScenarioCode) -> Metered:
    """Let events take the whole way, ten commands a commit, and read the meters."""
    os.environ.update(AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none")
    os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
    local = DynamoDBLocal()
    try:
        with mock_aws():
            return _metered(Cloud(local, code, clock := Clock()), clock, events)
    finally:
        local.stop()


def _metered(cloud: Cloud, clock: Clock, events: Sequence[AnyEvent]) -> Metered:
    for bot in range(1, _BOTS + 1):
        connection = Connection(f"c{bot}", "acme", "w1", f"bot-{bot}", f"s-bot-{bot}")
        cloud.process.connections.add(connection, clock.us)
    commands = 0
    for number, group in enumerate(_groups(events)):
        clock.us = _START_US + group[-1][-1].tick * 50_000
        cloud.process.intake.send(
            [
                Message(
                    id=f"{number:08x}-0000-4000-8000-{place:012x}",
                    tenant="acme",
                    world="w1",
                    connection="c1",
                    events=tuple(frame),
                )
                for place, frame in enumerate(group)
            ]
        )
        commands += sum(isinstance(e, CommandSubmitted) for frame in group for e in frame)
        cloud.take_in()
        cloud.follow()
        cloud.observe()
    assert cloud.faults == []
    encode = Codec().encode
    sizes = [len(encode(e)) for e in events if isinstance(e, CommandSubmitted)]
    stored = cloud.s3.list_objects_v2(Bucket=cloud.settings.bucket)["KeyCount"]
    log = DynamoLogs(cloud.cold().table(cloud.settings.events)).tenant("acme").world("w1")
    billed = usage_of(log).write_units
    return Metered(commands, dict(cloud.process.spent), sizes, stored, billed)


def _groups(events: Sequence[AnyEvent]) -> Iterator[list[list[AnyEvent]]]:
    """Yield messages by the group that one commit is made of: ten, each of one command."""
    group: list[list[AnyEvent]] = []
    frame: list[AnyEvent] = []
    for event in events:
        frame.append(event)
        if isinstance(event, CommandSubmitted):
            group.append(frame)
            frame = []
        if len(group) == _A_COMMIT:
            yield group
            group = []
    if group:
        yield group


def _script() -> tuple[list[AnyEvent], ScenarioCode]:
    code = ScenarioCode(MemoryObjects().tenant("acme"))
    digest = code.keep(read_source(_SAMPLE))
    return list(make_script(code, digest, players=_BOTS, ticks=_TICKS, seed=1)), code


def _incompressible(events: Sequence[AnyEvent]) -> list[AnyEvent]:
    """Return the same traffic with a kilobyte of noise in every command."""
    noise = random.Random(1)
    return [
        msgspec.structs.replace(e, args=msgspec.msgpack.encode({"x": noise.randbytes(1_000)}))
        if isinstance(e, CommandSubmitted)
        else e
        for e in events
    ]


def cost() -> Result:
    """Write units a command in the log, ten commands a commit, 20 bots of the sample."""
    figures = metered(*_script())
    ours = figures.spent["lqe-events"].writes / figures.commands
    note = f"median event {median(figures.sizes):.0f} bytes; one item an event 1.0"
    return times("cost", "units a command", ours, _LIMIT, "the limit", 1.0, note)


def main() -> None:
    """Print what a command of the sample costs, table by table."""
    events, code = _script()
    figures, noisy = metered(events, code), metered(_incompressible(events), code)
    printed = Printed("table", "writes", "reads", title="units a command, ten commands a commit")
    for name, spent in sorted(figures.spent.items()):
        writes, reads = spent.writes / figures.commands, spent.reads / figures.commands
        printed.add_row(name, f"{writes:.3f}", f"{reads:.3f}")
    console = Console()
    console.print(printed)
    alone = sum(-(-(size + 150) // _UNIT) for size in figures.sizes) / figures.commands
    log = noisy.spent["lqe-events"].writes / noisy.commands
    console.print(f"{figures.commands} commands, {figures.objects} objects put in S3")
    for name, each in (("the sample", figures), ("with the noise", noisy)):
        console.print(f"on the bill, {name}: {each.billed / each.commands:.3f} writes")
    console.print(f"a command's event: median {median(figures.sizes):.0f} bytes")
    console.print(f"one item an event: {alone:.2f} writes; in transactions: {2 * alone:.2f}")
    console.print(f"with a kilobyte of noise in each command: {log:.2f} writes in the log")


if __name__ == "__main__":
    main()
