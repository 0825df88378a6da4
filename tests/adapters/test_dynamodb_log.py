"""What the log on DynamoDB does besides what every log does."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from lqe.adapters.dynamodb.commits import commit_item, commit_of
from lqe.adapters.dynamodb.log import DynamoLogs
from lqe.adapters.dynamodb.table import Table
from lqe.codec import Codec
from lqe.errors import BadInput, Conflict, Gap, LimitExceeded, Unavailable
from lqe.events import ClockAdvanced, CommandSubmitted, event_name
from lqe.ports.log import Commit, Origin

encode = Codec().encode


def commit(first: int, *ticks: int, ids: tuple[str, ...] = (), world: str = "w1") -> Commit:
    events = [ClockAdvanced(tick=t, at_us=t) for t in ticks]
    return Commit(
        world,
        first,
        [event_name(e) for e in events],
        [encode(e) for e in events],
        ticks[-1],
        ticks[-1],
        [Origin(i, 1) for i in ids],
    )


class Flaky:
    """A client whose next put is done, or not, and whose answer is then lost."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.lose: str = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_item(self, **asked: Any) -> Any:
        lose, self.lose = self.lose, ""
        if lose == "before":
            raise EndpointConnectionError(endpoint_url="x")
        answer = self._client.put_item(**asked)
        if lose == "after":
            raise ReadTimeoutError(endpoint_url="x")
        return answer


def test_a_commit_is_one_item_and_comes_back_the_same() -> None:
    ids = (str(uuid.uuid4()), "keyframe:40")
    stored = commit(3, 1, 2, ids=ids)
    item = commit_item("acme", stored)
    assert item["pk"] == {"S": "acme#w1"}
    assert item["sk"] == {"N": "3"}
    assert item["last"] == {"N": "4"}
    assert commit_of(item) == stored
    assert commit_of(item).places() == {ids[0]: 3, ids[1]: 4}


SPOILED: dict[str, Callable[[Any], Any]] = {
    "no body": lambda item: item.pop("body"),
    "a body of nonsense": lambda item: item.update(body={"B": b"nonsense"}),
    "a body cut short": lambda item: item.update(body={"B": item["body"]["B"][:-1]}),
    "a body with more": lambda item: item.update(body={"B": item["body"]["B"] + b"more"}),
    "another end": lambda item: item.update(last={"N": "9"}),
    "another key": lambda item: item.update(pk={"S": "no world"}),
    "a position below zero": lambda item: item.update(sk={"N": "-2"}),
    "spoiled ids": lambda item: item.update(ids={"B": b"\x01"}),
}


@pytest.mark.parametrize("what", SPOILED)
def test_an_item_that_was_spoiled_is_refused(what: str) -> None:
    item = commit_item("acme", commit(0, 1, 2, ids=("a", "b")))
    SPOILED[what](item)
    with pytest.raises(BadInput):
        commit_of(item)


def test_the_stored_bytes_are_readable_with_common_tools(events_table: Table) -> None:
    import zlib

    import msgspec

    DynamoLogs(events_table).tenant("acme").append([commit(0, 1, 2)])
    item = events_table.get({"pk": {"S": "acme#w1"}, "sk": {"N": "0"}})
    assert item is not None
    events = msgspec.msgpack.decode(zlib.decompress(item["body"]["B"]))
    assert events == [encode(ClockAdvanced(tick=t, at_us=t)) for t in (1, 2)]
    assert item["types"] == {"SS": ["clock.advanced.v1"]}


def test_a_commit_that_no_item_can_hold_says_so_and_stores_nothing(events_table: Table) -> None:
    import random

    noise = random.Random(1).randbytes(50 * 1024)
    big = CommandSubmitted(player="a", session="s", seq=1, name="n", args=noise)
    events = [encode(big)] * 1 + [
        encode(
            CommandSubmitted(
                player="a", session="s", seq=i, name="n", args=random.Random(i).randbytes(50 * 1024)
            )
        )
        for i in range(9)
    ]
    tenant = DynamoLogs(events_table).tenant("acme")
    (error,) = tenant.append([Commit("w1", 0, ["command.submitted.v1"] * len(events), events)])
    assert isinstance(error, LimitExceeded)
    assert "smaller commits" in str(error)
    assert tenant.world("w1").head() == -1


def test_the_winner_of_a_lost_race_comes_back_with_the_refusal(events_table: Table) -> None:
    one, other = DynamoLogs(events_table), DynamoLogs(events_table)
    one.tenant("acme").append([commit(0, 1)])
    other.tenant("acme").append([commit(1, 2)])
    winner = commit(1, 3, 4, ids=("m1", "m2"))
    loser = one.tenant("acme")
    loser.append([commit(1, 2)])  # takes in that position 1 is held
    assert other.tenant("acme").append([commit(2, 5, 6, ids=("m1", "m2"))]) == [None]
    reads = events_table.spent.reads
    (error,) = loser.append([commit(2, 9)])
    assert isinstance(error, Conflict)
    assert error.winner is not None
    assert error.winner.places() == {"m1": 2, "m2": 3}
    assert error.winner.last == winner.last + 1
    assert events_table.spent.reads == reads, "a lost race needs no read"
    assert loser.append([commit(4, 9)]) == [None]


def test_a_put_whose_answer_was_lost_is_known_as_ones_own(events_table: Table) -> None:
    client = Flaky(events_table._client)
    tenant = DynamoLogs(Table(client, events_table.name)).tenant("acme")
    tenant.append([commit(0, 1)])
    client.lose = "after"
    (error,) = tenant.append([commit(1, 2, ids=("m",))])
    assert isinstance(error, Unavailable)
    assert tenant.append([commit(1, 2, ids=("m",))]) == [None] or tenant.world("w1").head() == 1
    assert tenant.world("w1").places({"m", "n"}) == {"m": 1}
    assert [r.position for r in tenant.world("w1").read()] == [0, 1]


def test_a_put_that_never_arrived_can_be_tried_again(events_table: Table) -> None:
    client = Flaky(events_table._client)
    tenant = DynamoLogs(Table(client, events_table.name)).tenant("acme")
    client.lose = "before"
    (error,) = tenant.append([commit(0, 1)])
    assert isinstance(error, Unavailable)
    assert tenant.append([commit(0, 1)]) == [None]


def test_a_position_inside_a_stored_commit_is_never_taken(events_table: Table) -> None:
    tenant = DynamoLogs(events_table).tenant("acme")
    tenant.append([commit(0, 1, 2, 3)])
    for logs in (DynamoLogs(events_table), DynamoLogs(events_table)):
        (error,) = logs.tenant("acme").append([commit(1, 9)])
        assert isinstance(error, Conflict)
    assert [r.position for r in tenant.world("w1").read()] == [0, 1, 2]


def test_a_missing_commit_is_a_gap_and_never_skipped(events_table: Table) -> None:
    tenant = DynamoLogs(events_table).tenant("acme")
    for first in range(0, 6, 2):
        tenant.append([commit(first, first, first + 1)])
    events_table.delete({"pk": {"S": "acme#w1"}, "sk": {"N": "2"}})
    with pytest.raises(Gap):
        list(tenant.world("w1").read())


def test_messages_are_found_in_the_latest_commits(events_table: Table) -> None:
    tenant = DynamoLogs(events_table).tenant("acme")
    for first in range(80):
        tenant.append([commit(first, first, ids=(f"m{first}",))])
    found = tenant.world("w1").places({"m0", "m79", "m30", "never"})
    assert found == {"m79": 79, "m30": 30}


def test_what_calls_cost_is_counted(events_table: Table) -> None:
    tenant = DynamoLogs(events_table).tenant("acme")
    tenant.append([commit(0, 1)])
    writes = events_table.spent.writes
    assert writes == 1.0
    list(tenant.world("w1").read())
    assert events_table.spent.reads > 0
