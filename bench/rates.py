"""What it costs to hold a tenant's rate over many processes, in write units a command.

`python -m bench.rates` prints the table: commands come at random to processes at random, for a
minute; the table of buckets is simulated, and every conditional update counts as one write unit, as
DynamoDB counts it, whether its condition holds or not.
"""

import random
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table as Printed

from lqe.adapters.dynamodb.buckets import DynamoBuckets
from lqe.adapters.dynamodb.table import Table
from lqe.adapters.dynamodb.tables import CONNECTIONS
from lqe.ports.buckets import Bucket
from tests.recorded import SteppingClock
from tests.simulation.aws.dynamodb import DynamoDB

_SECONDS = 60
_SECOND_US = 1_000_000
_PROCESSES = (1, 4, 16)
_SHARES = (0.01, 0.1, 0.5, 0.9, 1.2, 3.0)


class Held(msgspec.Struct):
    """What became of a minute's commands, and what counting them cost."""

    sent: int = 0
    through: int = 0
    writes: int = 0


class Counted:
    """A client that counts its updates; `table` is what it asks."""

    def __init__(self) -> None:
        self.updates = 0
        self.table = DynamoDB({CONNECTIONS: "S"})

    def update_item(self, **asked: Any) -> Any:
        self.updates += 1
        return self.table.update_item(**asked)


def held(quota: int, share: float, processes: int) -> Held:
    """Return what comes of a tenant that sends `share` of its quota."""
    chance, clock, bucket = random.Random(1), SteppingClock(), Bucket.of(quota)
    client = Counted()
    table = Table(client, CONNECTIONS)
    edge = [DynamoBuckets(table, clock) for _ in range(processes)]
    found, end_us = Held(), clock.us + _SECONDS * _SECOND_US
    while clock.us < end_us:
        clock.us += round(chance.expovariate(quota * share) * _SECOND_US)
        found.sent += 1
        found.through += chance.choice(edge).allows("acme", "commands", bucket, 1)
    found.writes = client.updates
    return found


def main() -> None:
    """Print writes a command by quota, load and processes, and what was refused."""
    heads = [f"processes: {processes}" for processes in _PROCESSES]
    printed = Printed("quota", "sent", *heads, title="write units a command, refused in percent")
    for quota in (50, 1_000):
        for share in _SHARES:
            cells = []
            for processes in _PROCESSES:
                found = held(quota, share, processes)
                refused = 100 * (1 - found.through / found.sent)
                cells.append(f"{found.writes / found.sent:.2f}, {refused:.0f} %")
            printed.add_row(f"{quota}/s", f"{quota * share:g}/s", *cells)
    Console().print(printed)


if __name__ == "__main__":
    main()
