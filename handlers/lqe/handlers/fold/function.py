"""The `fold` function: the stream of the log's table."""

from collections.abc import Mapping
from typing import Any

from lqe.adapters.dynamodb.stream import StreamRecord, parse_stream_record
from lqe.codec import Codec
from lqe.errors import BadEvent
from lqe.handlers.append.handler import Appended
from lqe.handlers.entry import function
from lqe.handlers.fold.handler import FoldHandler
from lqe.handlers.folding import fold_of, worlds_of
from lqe.handlers.process import Process
from lqe.profile import numeric_profile

_decode = Codec().decode


def wire(process: Process) -> FoldHandler:
    """Return the handler over the process's adapters."""
    return fold_of(process, worlds_of(process, numeric_profile()), process.intake)


def respond(process: Process, fold: FoldHandler, event: Mapping[str, Any]) -> dict[str, Any]:
    """Bring the worlds of a batch forward; name the first record of those that are not there yet.

    The stream then delivers from that record on again. What of it was folded is known by position.
    """
    records = [r for raw in event["Records"] if (r := parse_stream_record(raw)) is not None]
    for record in records:
        if record.fault:
            process.report(record.tenant, record.world, BadEvent(record.fault))
    behind: set[tuple[str, str]] = set()
    for tenant in dict.fromkeys(record.tenant for record in records):
        with process.acting.tenant(tenant):
            behind |= set(fold.handle([appended_in(r) for r in records if r.tenant == tenant]))
    for tenant, _ in behind:
        process.count(tenant, "WorldsBehind", 1)
    for record in records:
        if record.commit is not None:
            process.count(record.tenant, "EventsSeen", len(record.commit.events))
    process.push.drain()
    failed = [r.sequence for r in records if (r.tenant, r.world) in behind]
    return {"batchItemFailures": [{"itemIdentifier": name} for name in failed[:1]]}


def appended_in(record: StreamRecord) -> Appended:
    """Return what a record says was appended; one that cannot be read says only up to where."""
    tenant, world, commit = record.tenant, record.world, record.commit
    if commit is not None:
        try:
            events = list(map(_decode, commit.events))
            return Appended(tenant, world, commit.first, events, list(map(len, commit.events)))
        except BadEvent:
            # The log is read instead: if it cannot be read there either, its world stops.
            return Appended(tenant, world, commit.last + 1)
    return Appended(tenant, world, record.first + 1)


lambda_handler = function("fold", wire, respond)
