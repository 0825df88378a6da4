"""One of the writers that hammer a world; `tests/adapters/test_many_writers.py` starts them."""

from typing import Any

import boto3
import msgspec
from botocore.config import Config

from lqe.adapters.clock import SystemClock
from lqe.adapters.dynamodb.log import DynamoLogs
from lqe.adapters.dynamodb.table import Table
from lqe.adapters.dynamodb.tables import EVENTS
from lqe.closing import Close
from lqe.events import CommandSubmitted
from lqe.handlers.append.handler import Append
from lqe.ports.intake import Message
from tests.recorded import TENANT, WORLD

_ENOUGH = 200


class Told:
    """A push that keeps the receipts."""

    def __init__(self) -> None:
        self.receipts: list[tuple[int, int]] = []

    def send(self, connection: str, data: bytes) -> None:
        assert connection
        self.receipts += msgspec.json.decode(data)["commands"]

    def close(self, connection: str, code: Close, reason: str) -> None:
        raise AssertionError((connection, code, reason))


def write(port: str, key: str, writer: str, frames: str) -> dict[str, Any]:
    """Append frames of two commands, each until its receipt is there; return the receipts."""
    # Without retries of the client's own: every cut reaches the appender.
    client = boto3.client(
        "dynamodb",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key="none",
        config=Config(retries={"total_max_attempts": 1, "mode": "standard"}, read_timeout=10),
    )
    told = Told()
    append = Append(DynamoLogs(Table(client, EVENTS)), SystemClock(), told)
    for frame in range(int(frames)):
        events = tuple(
            CommandSubmitted(player=f"p{writer}", session="s", seq=2 * frame + n, name="push")
            for n in (1, 2)
        )
        message = Message(
            id=f"w{writer}-{frame}", tenant=TENANT, world=WORLD, connection="c", events=events
        )
        for _ in range(_ENOUGH):
            if not append.handle([message]).failed:
                break
            message = msgspec.structs.replace(message, redelivered=True)
        else:
            raise AssertionError(f"frame {frame} never came through")
    return {"writer": writer, "receipts": told.receipts}
