"""What the bus on EventBridge does."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ReadTimeoutError

from lqe.adapters.aws.pauses import PAUSES_S
from lqe.adapters.eventbridge import MAX_BYTES, OMITTED, EventBridgeBus, parse_event
from lqe.errors import BadInput, Unavailable
from lqe.ports.bus import Published
from lqe.signals import Signal
from tests.adapters.cloud import Pauses, failure, lambda_event


def published(index: int = 0, data: dict[str, Any] | None = None, name: str = "sold") -> Published:
    signal = Signal(name, 9, data if data is not None else {"price": 2.5}, "everyone")
    return Published(tenant="acme", world="w1", position=7, index=index, signal=signal)


class Bus:
    """A client of a bus that takes all entries, or refuses those it was told to."""

    def __init__(self, *answers: set[int] | Exception) -> None:
        self.calls: list[list[dict[str, Any]]] = []
        self.taken: list[dict[str, Any]] = []
        self._answers = list(answers)

    def put_events(self, *, Entries: list[dict[str, Any]]) -> Any:  # noqa: N803
        self.calls.append(Entries)
        failed = self._answers.pop(0) if self._answers else set()
        if isinstance(failed, Exception):
            raise failed
        self.taken += [e for number, e in enumerate(Entries) if number not in failed]
        return {
            "FailedEntryCount": len(failed),
            "Entries": [
                {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
                if number in failed
                else {"EventId": f"e{number}"}
                for number in range(len(Entries))
            ],
        }

    def indexes(self) -> list[int]:
        return [json.loads(entry["Detail"])["index"] for entry in self.taken]


def event(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the event that an observer gets for an entry."""
    made = lambda_event("eventbridge_signal")
    made["source"], made["detail-type"] = entry["Source"], entry["DetailType"]
    made["detail"] = json.loads(entry["Detail"])
    return made


def test_the_service_takes_signals(aws: Callable[[str], Any]) -> None:
    events = aws("events")
    events.create_event_bus(Name="lqe")
    EventBridgeBus(events, "lqe").publish([published(n) for n in range(12)])


def test_a_signal_is_an_entry_and_comes_back_the_same() -> None:
    bus = Bus()
    signals = [published(3), published(4, {"\u00e9": [1, None, {"a": "\ud7ff"}], "b": 2**60})]
    EventBridgeBus(bus, "lqe").publish(signals)
    [entries] = bus.calls
    assert [entry["EventBusName"] for entry in entries] == ["lqe", "lqe"]
    assert [entry["Resources"] for entry in entries] == [[], []]
    assert [parse_event(event(entry)) for entry in entries] == signals


def test_nothing_is_not_sent() -> None:
    bus = Bus()
    EventBridgeBus(bus, "lqe").publish([])
    assert bus.calls == []


def test_a_call_has_at_most_ten_entries_and_a_megabyte() -> None:
    bus = Bus()
    EventBridgeBus(bus, "lqe").publish([published(n) for n in range(25)])
    assert [len(call) for call in bus.calls] == [10, 10, 5]
    bus = Bus()
    large = {"text": "é" * 150_000}  # two bytes each
    EventBridgeBus(bus, "lqe").publish([published(n, large) for n in range(7)])
    assert [len(call) for call in bus.calls] == [3, 3, 1]
    assert bus.indexes() == list(range(7))


def test_only_what_failed_is_sent_again() -> None:
    bus, pauses = Bus({1, 3}, {0}), Pauses()
    EventBridgeBus(bus, "lqe", pause=pauses).publish([published(n) for n in range(4)])
    assert [len(call) for call in bus.calls] == [4, 2, 1]
    assert sorted(bus.indexes()) == [0, 1, 2, 3]
    assert pauses.took == list(PAUSES_S[:2])


def test_what_fails_again_and_again_is_unavailable() -> None:
    bus, pauses = Bus(*[{0}] * 9), Pauses()
    with pytest.raises(Unavailable, match="1 signals are not on the bus lqe: ThrottlingException"):
        EventBridgeBus(bus, "lqe", pause=pauses).publish([published(0), published(1)])
    assert bus.indexes() == [1]
    assert pauses.took == list(PAUSES_S)


def test_an_entry_that_the_answer_does_not_name_is_not_on_the_bus() -> None:
    class Forgetful:
        def put_events(self, **_: Any) -> Any:
            return {"FailedEntryCount": 0, "Entries": []}

    with pytest.raises(Unavailable, match="not answered"):
        EventBridgeBus(Forgetful(), "lqe", pause=Pauses()).publish([published()])


@pytest.mark.parametrize(
    "error", [failure("ThrottlingException", 400), ReadTimeoutError(endpoint_url="x")]
)
def test_a_bus_that_does_not_answer_is_unavailable(error: Exception) -> None:
    with pytest.raises(Unavailable):
        EventBridgeBus(Bus(error), "lqe").publish([published()])


def test_a_signal_that_is_too_large_goes_without_its_data_and_says_so() -> None:
    bus, data = Bus(), {"text": "x" * MAX_BYTES}
    EventBridgeBus(bus, "lqe").publish([published(0), published(1, data), published(2)])
    assert bus.indexes() == [0, 1, 2]
    size = len(msgspec.json.encode(data))
    assert parse_event(event(bus.taken[1])) == published(1, {OMITTED: size})


@pytest.mark.parametrize("name", ["", "n" * 129, "é" * 200])
def test_a_name_that_no_rule_can_match_stands_in_the_detail(name: str) -> None:
    bus = Bus()
    EventBridgeBus(bus, "lqe").publish([published(name=name)])
    assert 1 <= len(bus.taken[0]["DetailType"]) <= 128
    assert parse_event(event(bus.taken[0])) == published(name=name)


def test_an_event_as_the_service_sends_it_is_a_signal() -> None:
    assert parse_event(lambda_event("eventbridge_signal")) == Published(
        tenant="acme",
        world="harbour-3",
        position=4711,
        index=2,
        signal=Signal(
            "deal_closed",
            90210,
            {"customer": 17, "price": 1250.5, "lines": [1, 2, 3]},
            "player:p-7f3a",
        ),
    )


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("source", "aws.s3"),
        ("detail-type", "another"),
        ("detail", None),
        ("detail", "text"),
        ("detail", {}),
        ("detail", {"tenant": "acme", "world": "w1", "position": 1, "index": 0, "signal": 1}),
        ("detail", {"tenant": "A", "world": "w1", "position": 1, "index": 0, "signal": ["x", 1]}),
    ],
)
def test_an_event_that_is_no_signal_is_refused(part: str, value: Any) -> None:
    bad = lambda_event("eventbridge_signal") | {part: value}
    with pytest.raises(BadInput):
        parse_event(bad)


@pytest.mark.parametrize("part", ["source", "detail-type", "detail"])
def test_an_event_that_lacks_something_is_refused(part: str) -> None:
    bad = lambda_event("eventbridge_signal")
    del bad[part]
    with pytest.raises(BadInput):
        parse_event(bad)


@pytest.mark.parametrize("tenant", ["Acme", "", "a#b"])
def test_an_event_of_no_tenant_is_refused(tenant: str) -> None:
    bad = lambda_event("eventbridge_signal")
    bad["detail"]["tenant"] = tenant
    with pytest.raises(BadInput):
        parse_event(bad)
