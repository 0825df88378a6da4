"""The intake port on an SQS FIFO queue: a group a world, a message as JSON, bytes as base64.

A batch may be queued in part; the rest of it is then sent again, behind what was queued. So that
no message overtakes one of its own world, a batch never holds two of one world.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any, Final

import msgspec

from lqe.adapters.aws.errors import outside
from lqe.adapters.aws.pauses import PAUSES_S, Sleep, sleep
from lqe.errors import BadInput, LimitExceeded, Unavailable
from lqe.names import check_tenant, check_world, group, split_group
from lqe.ports.intake import Message

MAX_BYTES: Final = 1024 * 1024  # of a message, and of a batch
_MAX_ENTRIES = 10
_LONGEST_BACK_S = 60
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Message).decode
# The two characters that JSON may hold as they are and SQS refuses.
_REFUSED = {ord(c): f"\\u{ord(c):04x}" for c in "\ufffe\uffff"}


class _Entry(msgspec.Struct, frozen=True):
    """A message on its way: its group, its deduplication id, its body, the body's bytes."""

    group: str
    once: str
    body: str
    size: int


class SqsIntake:
    """Queues messages; each again at most a few times, which the deduplication id makes harmless.

    The queue knows an id for five minutes. What comes twice after that is found by the appender.
    `admit` refuses tenants for whom nothing may be queued here.
    """

    def __init__(
        self,
        client: Any,
        queue_url: str,
        *,
        admit: Callable[[str], str] = check_tenant,
        pause: Sleep = sleep,
    ) -> None:
        self._admit = admit
        self._client = client
        self._queue_url = queue_url
        self._pause = pause

    def send(self, messages: Sequence[Message]) -> None:
        """Queue the messages; send none if one is too large (LimitExceeded) or refused."""
        waiting: dict[str, deque[_Entry]] = {}
        for message in messages:
            entry = _entry(group(self._admit(message.tenant), check_world(message.world)), message)
            waiting.setdefault(entry.group, deque()).append(entry)
        pauses = iter(PAUSES_S)
        while waiting:
            batch = _first_of_each(waiting)
            failed = self._send(batch)
            for entry in batch:
                if entry.once not in failed:
                    waiting[entry.group].popleft()
                    if not waiting[entry.group]:
                        del waiting[entry.group]
            if failed:
                pause_s = next(pauses, None)
                if pause_s is None:
                    left = sum(len(entries) for entries in waiting.values())
                    raise Unavailable(
                        f"{left} of {len(messages)} messages are not queued: "
                        f"{', '.join(sorted(set(failed.values())))}; send all of them again"
                    )
                self._pause(pause_s)

    def _send(self, batch: Sequence[_Entry]) -> dict[str, str]:
        """Send a batch; return why, by deduplication id, for each entry that was not queued."""
        with outside(f"sending {len(batch)} messages"):
            answer = self._client.send_message_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {
                        "Id": str(number),
                        "MessageBody": entry.body,
                        "MessageGroupId": entry.group,
                        "MessageDeduplicationId": entry.once,
                    }
                    for number, entry in enumerate(batch)
                ],
            )
        queued = {int(each["Id"]) for each in answer.get("Successful", [])}
        reasons = {int(each["Id"]): str(each.get("Code")) for each in answer.get("Failed", [])}
        return {
            entry.once: reasons.get(number, "not answered")
            for number, entry in enumerate(batch)
            if number not in queued
        }


def _entry(key: str, message: Message) -> _Entry:
    body = _encode(message).decode().translate(_REFUSED)
    size = len(body.encode())
    if size > MAX_BYTES:
        raise LimitExceeded(
            f"a message of {len(message.events)} events for {key} takes {size} bytes as JSON; the "
            f"queue takes {MAX_BYTES}: send the events in smaller messages"
        )
    once = sha256(f"{key}#{message.id}".encode()).hexdigest()
    return _Entry(key, once, body, size)


def _first_of_each(waiting: Mapping[str, deque[_Entry]]) -> list[_Entry]:
    """Return the first message of as many groups as a batch has room for, at least of one."""
    batch: list[_Entry] = []
    room = MAX_BYTES
    for entries in waiting.values():
        room -= entries[0].size
        if room < 0 or len(batch) == _MAX_ENTRIES:
            break
        batch.append(entries[0])
    return batch


def parse_record(record: Mapping[str, Any]) -> Message:
    """Return the message of a record that a function received; raise BadInput for any other.

    The tenant and the world are those of the group, and the body must say the same: a message is
    appended where its group puts it in order.
    """
    try:
        key = record["attributes"]["MessageGroupId"]
        received = int(record["attributes"]["ApproximateReceiveCount"])
        body = record["body"].encode()
        tenant, world = split_group(key)
        if len(body) > MAX_BYTES:
            raise BadInput(f"expected at most {MAX_BYTES} bytes, got {len(body)}")
        message = _decode(body)
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise BadInput(f"expected a record of an intake message: {error!r:.300}") from None
    if not message.events:
        raise BadInput("expected a message with events, got one with none")
    if (message.tenant, message.world) != (tenant, world):
        raise BadInput(
            f"a message of group {key} says that it is for {message.tenant!r:.80} and "
            f"{message.world!r:.80}"
        )
    return msgspec.structs.replace(message, redelivered=received > 1)


def bring_back(client: Any, queue_url: str, records: Sequence[Mapping[str, Any]]) -> None:
    """Let records of a batch that failed come again soon: after a second, then twice as long.

    Nothing else of their groups comes before them. One that this fails for, and what its function
    took down with it, comes when the queue's visibility time-out is over.
    """
    with suppress(Unavailable), outside(f"bringing {len(records)} messages back"):
        client.change_message_visibility_batch(
            QueueUrl=queue_url,
            Entries=[
                {
                    "Id": str(number),
                    "ReceiptHandle": record["receiptHandle"],
                    "VisibilityTimeout": _back_after_s(record),
                }
                for number, record in enumerate(records)
            ],
        )


def _back_after_s(record: Mapping[str, Any]) -> int:
    received = int(record["attributes"]["ApproximateReceiveCount"])
    return min(_LONGEST_BACK_S, 1 << min(received - 1, 10))
