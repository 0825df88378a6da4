"""The `append` function: batches of the intake, an SQS FIFO queue with a group a world."""

from collections.abc import Mapping
from typing import Any

from lqe.adapters.dynamodb.log import DynamoLogs
from lqe.adapters.sqs import bring_back, parse_record
from lqe.errors import BadInput
from lqe.handlers.append.handler import Append
from lqe.handlers.entry import function
from lqe.handlers.process import Process
from lqe.ports.intake import Message


def wire(process: Process) -> Append:
    """Return the handler over the process's adapters."""
    logs = DynamoLogs(process.table(process.settings.events))
    return Append(logs, process.clock, process.push)


def respond(process: Process, append: Append, event: Mapping[str, Any]) -> dict[str, Any]:
    """Store a batch, and name the messages that have to come again.

    A record that is no message of ours can only be settled: whoever sent it has no connection.
    """
    by_message: dict[int, Mapping[str, Any]] = {}
    messages: list[Message] = []
    for record in event["Records"]:
        try:
            message = parse_record(record)
        except BadInput as error:
            process.report("", "", error)
            continue
        by_message[id(message)] = record
        messages.append(message)
    failed: list[Mapping[str, Any]] = []
    for tenant in dict.fromkeys(message.tenant for message in messages):
        with process.acting.tenant(tenant):
            handled = append.handle([m for m in messages if m.tenant == tenant])
        for appended in handled.appended:
            process.count(tenant, "EventsRecorded", len(appended.events))
        failed += [by_message[id(m)] for m in handled.failed]
    process.push.drain()
    if failed:
        bring_back(process.client("sqs"), process.settings.need("queue"), failed)
    return {"batchItemFailures": [{"itemIdentifier": each["messageId"]} for each in failed]}


lambda_handler = function("append", wire, respond)
