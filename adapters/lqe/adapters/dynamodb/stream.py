"""The stream of the log's table, as a function receives it."""

import base64
from collections.abc import Mapping
from typing import Any

import msgspec

from lqe.errors import BadInput, LedgerQuestError
from lqe.names import split_group
from lqe.ports.log import Commit

from .commits import commit_of


class StreamRecord(msgspec.Struct, frozen=True):
    """One change of a world's log: its place in the stream, its world, its position, its commit.

    Without a commit it only says that something is at that position of the log, and `fault` why
    it says no more.
    """

    sequence: str
    tenant: str
    world: str
    first: int
    commit: Commit | None = None
    fault: str = ""


def parse_stream_record(record: Mapping[str, Any]) -> StreamRecord | None:
    """Return what a stream record says of a world's log, None if it is of something else.

    Never raises for what is in an item: a stream has to go on, whatever one world wrote.
    """
    change = record["dynamodb"]
    sequence = str(change["SequenceNumber"])
    try:
        tenant, world = split_group(change["Keys"]["pk"]["S"])
    except BadInput:
        return None  # the registry's logs lie in the same table
    first = int(change["Keys"]["sk"]["N"])
    if record.get("eventName") != "INSERT":
        fault = "an item of the log was changed or removed, and commits never are: run a replay"
        return StreamRecord(sequence, tenant, world, first, fault=fault)
    try:
        commit = commit_of({name: _bytes(value) for name, value in change["NewImage"].items()})
    except (LedgerQuestError, KeyError, ValueError) as error:
        return StreamRecord(sequence, tenant, world, first, fault=f"an unreadable item: {error!r}")
    return StreamRecord(sequence, tenant, world, first, commit)


def _bytes(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return an attribute with its bytes as bytes; in a function's event they are base64."""
    if "B" in value and isinstance(value["B"], str):
        return {"B": base64.b64decode(value["B"], validate=True)}
    return dict(value)
