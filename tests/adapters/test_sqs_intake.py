"""What the intake on SQS does."""

import copy
import functools
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from botocore.exceptions import EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from lqe.adapters.aws.pauses import PAUSES_S
from lqe.adapters.sqs import MAX_BYTES, SqsIntake, bring_back, parse_record
from lqe.errors import BadInput, LimitExceeded, Unavailable
from lqe.events import ClockAdvanced, CommandSubmitted, PlayerJoined
from lqe.ports.intake import Message
from tests.adapters.cloud import Pauses, failure, lambda_event


def message(number: int, world: str = "w1", *, args: bytes = b"\x80") -> Message:
    command = CommandSubmitted(player="ann", session="s1", seq=number, name="push", args=args)
    return Message(id=f"m{number}", tenant="acme", world=world, events=(command,), connection="c1")


class Queue:
    """A client of a queue that takes what it is sent, or answers as it was told."""

    def __init__(
        self, *answers: Callable[[Sequence[dict[str, Any]]], set[int]] | Exception
    ) -> None:
        self.batches: list[list[dict[str, Any]]] = []
        self.queued: list[dict[str, Any]] = []
        self._answers = list(answers)

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> Any:  # noqa: N803
        assert QueueUrl == "queue"
        self.batches.append(Entries)
        answer = self._answers.pop(0) if self._answers else lambda _: set()
        if isinstance(answer, Exception):
            raise answer
        failed = answer(Entries)
        self.queued += [e for number, e in enumerate(Entries) if number not in failed]
        return {
            "Successful": [{"Id": e["Id"]} for n, e in enumerate(Entries) if n not in failed],
            "Failed": [
                {"Id": e["Id"], "Code": "InternalError", "SenderFault": False}
                for n, e in enumerate(Entries)
                if n in failed
            ],
        }

    def ids(self, world: str) -> list[str]:
        bodies = [e for e in self.queued if e["MessageGroupId"] == f"acme#{world}"]
        return [msgspec.json.decode(e["MessageBody"])["id"] for e in bodies]


def record(entry: dict[str, Any], *, received: int = 1) -> dict[str, Any]:
    """Return the record of a function that an entry becomes."""
    made = copy.deepcopy(lambda_event("sqs_fifo")["Records"][0])
    made["body"] = entry["MessageBody"]
    made["attributes"]["MessageGroupId"] = entry["MessageGroupId"]
    made["attributes"]["ApproximateReceiveCount"] = str(received)
    return dict(made)


def test_what_a_function_receives_is_what_was_sent_in_order(aws: Callable[[str], Any]) -> None:
    sqs = aws("sqs")
    url = sqs.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    sent = [message(n, f"w{n % 3}", args=bytes(range(256))) for n in range(12)]
    SqsIntake(sqs, url).send(sent)
    got: list[Message] = []
    while True:
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        )
        if "Messages" not in answer:
            break
        for each in answer["Messages"]:
            got.append(parse_record({"body": each["Body"], "attributes": each["Attributes"]}))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    for world in ("w0", "w1", "w2"):
        assert [m for m in got if m.world == world] == [m for m in sent if m.world == world]
    assert len(got) == len(sent)


def test_an_entry_names_its_world_as_group_and_its_message_as_the_same_one() -> None:
    queue = Queue()
    SqsIntake(queue, "queue").send([message(7, args=b"\xff\x00")])
    [[entry]] = queue.batches
    assert entry["MessageGroupId"] == "acme#w1"
    assert entry["MessageDeduplicationId"] == sha256(b"acme#w1#m7").hexdigest()
    assert '"/wA="' in entry["MessageBody"]


@given(
    text=st.text(),
    args=st.binary(),
    seq=st.integers(min_value=-(2**63), max_value=2**63 - 1),
    late=st.none() | st.integers(0, 2**62),
)
def test_any_message_comes_back_the_same(
    text: str, args: bytes, seq: int, late: int | None
) -> None:
    command = CommandSubmitted(
        player=text, session="s", seq=seq, name=text, args=args, not_after=late, sealed=args
    )
    sent = Message(id=text, tenant="acme", world="w1", events=(command, ClockAdvanced()))
    queue = Queue()
    SqsIntake(queue, "queue").send([sent])
    assert parse_record(record(queue.queued[0])) == sent


def test_a_body_has_only_characters_that_the_queue_takes() -> None:
    queue = Queue()
    joined = PlayerJoined(player="\x00\x1f\ufffe\uffff\ufffd", session="s")
    sent = Message(id="m", tenant="acme", world="w1", events=(joined,))
    SqsIntake(queue, "queue").send([sent])
    body = queue.queued[0]["MessageBody"]
    assert all(c >= " " and c not in "\ufffe\uffff" for c in body)
    assert parse_record(record(queue.queued[0])) == sent


def test_a_batch_has_at_most_ten_messages_and_none_of_one_world_twice() -> None:
    queue = Queue()
    SqsIntake(queue, "queue").send([message(n, f"w{n}") for n in range(25)])
    assert [len(batch) for batch in queue.batches] == [10, 10, 5]
    queue = Queue()
    SqsIntake(queue, "queue").send([message(n, f"w{n // 3}") for n in range(9)])
    assert [len(batch) for batch in queue.batches] == [3, 3, 3]
    assert [queue.ids(f"w{n}") for n in range(3)] == [
        ["m0", "m1", "m2"],
        ["m3", "m4", "m5"],
        ["m6", "m7", "m8"],
    ]


def test_a_batch_has_at_most_a_mebibyte() -> None:
    queue = Queue()
    SqsIntake(queue, "queue").send([message(n, f"w{n}", args=bytes(300_000)) for n in range(6)])
    assert [len(batch) for batch in queue.batches] == [2, 2, 2]
    for batch in queue.batches:
        assert sum(len(e["MessageBody"]) for e in batch) <= MAX_BYTES


def test_a_message_that_is_too_large_is_refused_and_none_is_sent() -> None:
    queue = Queue()
    with pytest.raises(LimitExceeded, match=f"the queue takes {MAX_BYTES}"):
        SqsIntake(queue, "queue").send([message(1), message(2, args=bytes(800_000))])
    assert queue.batches == []


@pytest.mark.parametrize(("tenant", "world"), [("Acme", "w1"), ("acme", "w#1"), ("acme", "")])
def test_a_world_that_is_none_is_refused(tenant: str, world: str) -> None:
    with pytest.raises(BadInput):
        SqsIntake(Queue(), "queue").send([Message(id="m", tenant=tenant, world=world, events=())])


def test_only_what_failed_is_sent_again_and_no_message_overtakes_its_worlds() -> None:
    pauses = Pauses()
    queue = Queue(lambda _: {1}, lambda _: set(), lambda _: {0})
    sent = [message(n, world) for n, world in enumerate(["w1", "w2", "w3", "w2", "w1", "w2"])]
    SqsIntake(queue, "queue", pause=pauses).send(sent)
    assert queue.ids("w1") == ["m0", "m4"]
    assert queue.ids("w2") == ["m1", "m3", "m5"]
    assert queue.ids("w3") == ["m2"]
    assert pauses.took == list(PAUSES_S[:2])


def test_what_fails_again_and_again_is_unavailable() -> None:
    queue, pauses = Queue(*[lambda _: {0}] * 9), Pauses()
    with pytest.raises(Unavailable, match="2 of 3 messages are not queued: InternalError"):
        SqsIntake(queue, "queue", pause=pauses).send([message(1), message(2), message(3, "w2")])
    assert queue.ids("w1") == []
    assert queue.ids("w2") == ["m3"]
    assert pauses.took == list(PAUSES_S)


def test_a_message_that_the_answer_does_not_name_is_not_queued() -> None:
    class Forgetful:
        def send_message_batch(self, **_: Any) -> Any:
            return {}

    with pytest.raises(Unavailable, match="not answered"):
        SqsIntake(Forgetful(), "queue", pause=Pauses()).send([message(1)])


@pytest.mark.parametrize(
    "error", [failure("RequestThrottled", 403), EndpointConnectionError(endpoint_url="x")]
)
def test_a_queue_that_does_not_answer_is_unavailable(error: Exception) -> None:
    with pytest.raises(Unavailable):
        SqsIntake(Queue(error), "queue").send([message(1)])


def test_a_record_as_the_service_sends_it_is_a_message() -> None:
    first, second = lambda_event("sqs_fifo")["Records"]
    joined = PlayerJoined(player="p-7f3a", session="s-01", sealed=b"\x00\x01")
    assert parse_record(first) == Message(
        id="0b3c7e52d1a94f08",
        tenant="acme",
        world="harbour-3",
        events=(joined,),
        connection="Lq2fXdWPoAMCJbQ=",
    )
    again = parse_record(second)
    assert again.redelivered
    assert [type(e) for e in again.events] == [CommandSubmitted, CommandSubmitted]


def test_redelivered_is_what_the_queue_says_not_what_the_body_says() -> None:
    queue = Queue()
    SqsIntake(queue, "queue").send([msgspec.structs.replace(message(1), redelivered=True)])
    assert not parse_record(record(queue.queued[0], received=1)).redelivered
    assert parse_record(record(queue.queued[0], received=2)).redelivered


def test_a_body_of_another_world_is_refused() -> None:
    queue = Queue()
    SqsIntake(queue, "queue").send([message(1)])
    for key in ("acme#w2", "acme-2#w1", "w1", "acme#w1#x", "#", "A#w1"):
        bad = record(queue.queued[0] | {"MessageGroupId": key})
        with pytest.raises(BadInput):
            parse_record(bad)


GOOD = '{"id":"m","tenant":"acme","world":"w1","events":[%s]}'


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        GOOD % "1",
        GOOD % "{}",
        GOOD % '{"type":"never.heard.of.v1"}',
        GOOD % '{"type":"clock.advanced.v1","sealed":"not base64!"}',
        GOOD % '{"type":"clock.advanced.v1","tick":"1"}',
        '{"id":"m","tenant":"acme","world":"w1"}',
        '{"id":1,"tenant":"acme","world":"w1","events":[]}',
        '{"id":"\ud800","tenant":"acme","world":"w1","events":[]}',
        '{"id":"\\ud800","tenant":"acme","world":"w1","events":[]}',
        '{"a":' + "[" * 500_000,
        GOOD % "" + " " * MAX_BYTES,
        None,
        7,
    ],
)
def test_a_body_that_is_no_message_is_refused(body: Any) -> None:
    with pytest.raises(BadInput):
        parse_record(record({"MessageBody": body, "MessageGroupId": "acme#w1"}))


@pytest.mark.parametrize("lacking", ["body", "attributes"])
def test_a_record_that_lacks_something_is_refused(lacking: str) -> None:
    bad = lambda_event("sqs_fifo")["Records"][0]
    del bad[lacking]
    with pytest.raises(BadInput):
        parse_record(bad)


def test_a_count_that_is_none_is_refused() -> None:
    bad = lambda_event("sqs_fifo")["Records"][0]
    bad["attributes"]["ApproximateReceiveCount"] = "often"
    with pytest.raises(BadInput):
        parse_record(bad)


class Hidden:
    """A client that is told for how long messages stay hidden, or fails at it."""

    def __init__(self, error: Exception | None = None) -> None:
        self.entries: list[dict[str, Any]] = []
        self._error = error

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: list[Any]) -> None:  # noqa: N803
        assert QueueUrl == "queue"
        if self._error is not None:
            raise self._error
        self.entries = Entries


def failed(received: int) -> dict[str, Any]:
    queue = Queue()
    SqsIntake(queue, "queue").send([message(1)])
    return record(queue.queued[0], received=received)


def test_what_failed_comes_back_after_a_second_and_then_twice_as_long_up_to_a_minute() -> None:
    client = Hidden()
    bring_back(client, "queue", [failed(received) for received in (1, 2, 5, 7, 10_000)])
    assert [e["VisibilityTimeout"] for e in client.entries] == [1, 2, 16, 60, 60]
    assert all(e["ReceiptHandle"] == failed(1)["receiptHandle"] for e in client.entries)


def test_what_cannot_be_brought_back_fails_nothing() -> None:
    for error in (failure("AccessDenied", 403), EndpointConnectionError(endpoint_url="x")):
        bring_back(Hidden(error), "queue", [failed(1)])


def test_a_failed_message_is_visible_again_before_the_queues_time_out(
    aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    sqs = aws("sqs")
    url = sqs.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    SqsIntake(sqs, url).send([message(1)])
    receive = functools.partial(sqs.receive_message, QueueUrl=url, AttributeNames=["All"])
    got = receive()["Messages"][0]
    assert "Messages" not in receive()
    monkeypatch.setattr("lqe.adapters.sqs._back_after_s", lambda _: 0)
    bring_back(sqs, url, [{"receiptHandle": got["ReceiptHandle"]}])
    assert receive()["Messages"][0]["MessageId"] == got["MessageId"]
