"""SQS FIFO: groups in order, one batch of a group at a time, five minutes of deduplication."""

# ruff: noqa: N803 - arguments are called as those of the clients of boto3

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from tests.simulation.aws.errors import refusal

MAX_ENTRIES: Final = 10
MAX_BYTES: Final = 1024 * 1024
ONCE_US: Final = 300_000_000
VISIBLE_AGAIN_US: Final = 30_000_000


class Queued:
    """A message in the queue. It is in flight until `hidden_until_us`."""

    def __init__(self, number: int, group: str, body: str, sent_us: int) -> None:
        self.number = number
        self.id = f"message-{number}"
        self.group = group
        self.body = body
        self.sent_us = sent_us
        self.received = 0
        self.hidden_until_us = 0
        self.in_flight = False

    def record(self) -> dict[str, Any]:
        """Return the message as a function receives it."""
        return {
            "messageId": self.id,
            "receiptHandle": f"{self.id}:{self.received}",
            "body": self.body,
            "attributes": {
                "ApproximateReceiveCount": str(self.received),
                "MessageGroupId": self.group,
                "SentTimestamp": str(self.sent_us // 1_000),
            },
            "eventSource": "aws:sqs",
        }


class Sqs:
    """One queue. `refused` says which entries of a call fail; `accepted` is what ever came in."""

    def __init__(
        self,
        url: str,
        now_us: Callable[[], int],
        refused: Callable[[int], Sequence[int]] = lambda _: (),
    ) -> None:
        self.accepted: list[Queued] = []
        self._url = url
        self._now_us = now_us
        self._refused = refused
        self._groups: dict[str, list[Queued]] = {}
        self._once: dict[str, tuple[int, str]] = {}

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, str]]) -> Any:
        """Queue messages, each of which may fail by itself; a known id is taken and dropped."""
        assert QueueUrl == self._url, f"no queue {QueueUrl!r}"
        assert 1 <= len(Entries) <= MAX_ENTRIES, f"{len(Entries)} entries in one call"
        assert len({e["Id"] for e in Entries}) == len(Entries), "ids of entries are distinct"
        if sum(len(e["MessageBody"].encode()) for e in Entries) > MAX_BYTES:
            raise refusal("SendMessageBatch", "AWS.SimpleQueueService.BatchRequestTooLong")
        refused = set(self._refused(len(Entries)))
        good, bad = [], []
        for number, entry in enumerate(Entries):
            if number in refused:
                bad.append({"Id": entry["Id"], "SenderFault": False, "Code": "InternalError"})
            else:
                good.append({"Id": entry["Id"], "MessageId": self._take(entry)})
        return {"Successful": good, "Failed": bad}

    def _take(self, entry: Mapping[str, str]) -> str:
        group, once, now = entry["MessageGroupId"], entry["MessageDeduplicationId"], self._now_us()
        assert 1 <= len(group) <= 128, f"a group of {len(group)} characters"
        assert 1 <= len(once) <= 128, f"a deduplication id of {len(once)} characters"
        known = self._once.get(once)
        if known is not None and now - known[0] < ONCE_US:
            return known[1]
        message = Queued(len(self.accepted), group, entry["MessageBody"], now)
        self.accepted.append(message)
        self._groups.setdefault(group, []).append(message)
        self._once[once] = (now, message.id)
        return message.id

    def free_groups(self) -> list[str]:
        """Return the groups of which something can be received now."""
        now = self._now_us()
        found = []
        for group, messages in self._groups.items():
            for message in messages:
                if message.in_flight and message.hidden_until_us <= now:
                    message.in_flight = False
            if messages and not any(m.in_flight for m in messages):
                found.append(group)
        return found

    def next_visible_us(self) -> int | None:
        """Return when the first message that is in flight can be received again."""
        hidden = [m.hidden_until_us for ms in self._groups.values() for m in ms if m.in_flight]
        return min(hidden, default=None)

    def receive(self, groups: Sequence[str], most: int = MAX_ENTRIES) -> list[Queued]:
        """Take messages of free groups, in order; they are hidden from others for a while."""
        taken: list[Queued] = []
        for group in groups:
            taken += self._groups[group][: most - len(taken)]
        for message in taken:
            message.received += 1
            message.in_flight = True
            message.hidden_until_us = self._now_us() + VISIBLE_AGAIN_US
        return taken

    def delete(self, message: Queued, received: int) -> None:
        """Forget a message, unless it was received again since."""
        messages = self._groups[message.group]
        if message.received == received and message in messages:
            messages.remove(message)

    def change_message_visibility_batch(
        self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]
    ) -> Any:
        """Let messages that are in flight be received again at another time."""
        assert QueueUrl == self._url, f"no queue {QueueUrl!r}"
        assert 1 <= len(Entries) <= MAX_ENTRIES, f"{len(Entries)} entries in one call"
        for entry in Entries:
            name, received = entry["ReceiptHandle"].split(":")
            message = next(m for m in self.accepted if m.id == name)
            if message.in_flight and message.received == int(received):
                message.hidden_until_us = self._now_us() + entry["VisibilityTimeout"] * 1_000_000
        return {"Successful": [{"Id": e["Id"]} for e in Entries], "Failed": []}
