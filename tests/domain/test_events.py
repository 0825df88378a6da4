"""Events keep their names and their bytes: the log outlives the code."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lqe.codec import UPCASTS, Codec
from lqe.errors import BadEvent, BadInput, LimitExceeded
from lqe.events import (
    BOOKKEEPING,
    AnyEvent,
    BurstCompleted,
    ClockAdvanced,
    CommandSubmitted,
    Event,
    EventPassed,
    KeyframeRecorded,
    PlayerJoined,
    PlayerLeft,
    ScenarioUpgraded,
    ScenarioUpgradedV1,
    ScriptPublished,
    SubjectErased,
    WorldClosed,
    WorldOpened,
    event_name,
    plain_args,
)
from lqe.limits import MAX_EVENT_BYTES, Limits

FROZEN_NAMES = (
    "burst.completed.v1",
    "clock.advanced.v1",
    "command.submitted.v1",
    "event.passed.v1",
    "keyframe.recorded.v1",
    "player.joined.v1",
    "player.left.v1",
    "scenario.upgraded.v1",
    "scenario.upgraded.v2",
    "script.published.v1",
    "subject.erased.v1",
    "world.closed.v1",
    "world.opened.v1",
)

EXAMPLES: tuple[Event, ...] = (
    WorldOpened(
        scenario="d" * 64,
        rules=1,
        seed=b"\x00\xff" * 8,
        tick_us=16_000,
        keyframe_interval=2_000,
        limits=Limits(max_players=3),
    ),
    PlayerJoined(tick=1, at_us=2, player="ann", session="s1", sealed=b"name"),
    PlayerLeft(tick=1, at_us=2, player="ann", session="s1"),
    CommandSubmitted(
        tick=7, at_us=9, player="ann", session="s1", seq=2**40, name="buy",
        args=msgspec.msgpack.encode({"n": 1}), not_after=0, sealed=b"\x80",
    ),
    CommandSubmitted(player="ann", session="s1", seq=1, name="wait"),
    ClockAdvanced(tick=2**40, at_us=2**60),
    KeyframeRecorded(keyframe=2000, position=5, digest="e" * 64, profile="f" * 32),
    BurstCompleted(burst="b", result="r"),
    ScriptPublished(script="s"),
    ScenarioUpgradedV1(scenario="e" * 64),
    ScenarioUpgraded(scenario="e" * 64),
    SubjectErased(player="ann"),
    WorldClosed(tick=3),
    EventPassed(passed=2**40, part="ticks", since=9, reason="it loops", by="ann"),
)  # fmt: skip


def test_the_names_on_the_wire_are_frozen() -> None:
    names = sorted(str(kind.__struct_config__.tag) for kind in get_args(AnyEvent))
    assert tuple(names) == FROZEN_NAMES


def test_there_is_an_example_of_every_event() -> None:
    assert {type(e) for e in EXAMPLES} == set(get_args(AnyEvent))


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_event_comes_back_from_its_bytes(number: int) -> None:
    codec, event = Codec(), EXAMPLES[number]
    data = codec.encode(event)
    assert codec.decode(data) == event
    assert codec.encode(codec.decode(data)) == data
    plain = msgspec.msgpack.decode(data)
    assert plain["type"] == event_name(event)
    assert set(plain) <= {"type", *event.__struct_fields__}, "named fields, nothing else"


def test_an_event_has_the_same_bytes_for_ever() -> None:
    data = Codec().encode(PlayerJoined(tick=1, at_us=2, player="ann", session="s1"))
    assert data.hex() == (
        "85a474797065b0706c617965722e6a6f696e65642e7631a6706c61796572a3616e6e"
        "a773657373696f6ea27331a47469636b01a561745f757302"
    )


def test_an_old_version_is_brought_up_to_date_as_it_is_read() -> None:
    def up(fields: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "player.joined.v1",
            "tick": fields["tick"],
            "player": fields["who"],
            "session": fields["who"],
        }

    codec = Codec({"player.joined.v0": up})
    old = msgspec.msgpack.encode({"type": "player.joined.v0", "tick": 4, "who": "ann"})
    assert codec.decode(old) == PlayerJoined(tick=4, player="ann", session="ann")
    broken = msgspec.msgpack.encode({"type": "player.joined.v0", "tick": 4})
    with pytest.raises(BadEvent, match=r"player\.joined\.v0"):
        codec.decode(broken)
    assert not UPCASTS, "no event has an old version yet"


def test_an_unknown_name_is_named_in_the_error() -> None:
    data = msgspec.msgpack.encode({"type": "world.exploded.v1", "tick": 1})
    with pytest.raises(BadEvent, match=r"world\.exploded\.v1"):
        Codec().decode(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"\x80",
        b"\x90",
        b"\xc0",
        msgspec.msgpack.encode({"type": 5}),
        msgspec.msgpack.encode({"tick": 1}),
        msgspec.msgpack.encode({"type": "player.joined.v1", "player": "ann"}),
        msgspec.msgpack.encode({"type": "clock.advanced.v1", "tick": "one"}),
        msgspec.msgpack.encode({"type": "clock.advanced.v1", "tick": 1.5}),
        b"\x81\xa4type\xa2\xff\xfe",
        b"\x83\xa4type\xb0player.joined.v1\xa7session\xa1s\xa6player\xa2\xff\xfe",
        b"\x81\xa1x" + b"\x91" * 50_000 + b"\x90",
        msgspec.msgpack.encode({"type": "clock.advanced.v1"}) + b"\x00",
    ],
)
def test_bytes_that_are_no_event_are_bad_events_and_nothing_else(data: bytes) -> None:
    with pytest.raises(BadEvent):
        Codec().decode(data)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_an_event_or_a_bad_event(data: bytes) -> None:
    with suppress(BadEvent):
        Codec().decode(data)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(EXAMPLES), st.data())
def test_a_flipped_bit_gives_an_event_or_a_bad_event(event: Event, data: st.DataObject) -> None:
    encoded = bytearray(Codec().encode(event))
    place = data.draw(st.integers(0, len(encoded) * 8 - 1))
    encoded[place // 8] ^= 1 << place % 8
    with suppress(BadEvent):
        Codec().decode(bytes(encoded))


def test_an_event_of_sixty_kibibytes_is_the_largest() -> None:
    def event(size: int) -> CommandSubmitted:
        return CommandSubmitted(player="a", session="s", seq=1, name="n", args=b"x" * size)

    room = MAX_EVENT_BYTES - len(Codec().encode(event(60_000))) + 60_000
    assert len(Codec().encode(event(room))) == MAX_EVENT_BYTES == 60 * 1024
    with pytest.raises(LimitExceeded, match="61441 bytes"):
        Codec().encode(event(room + 1))


def test_records_of_the_engine_never_move_the_clock() -> None:
    assert set(BOOKKEEPING) == {
        KeyframeRecorded, BurstCompleted, ScriptPublished, SubjectErased, EventPassed,
    }  # fmt: skip


def test_arguments_are_read_as_plain_values_or_refused() -> None:
    def command(args: bytes) -> CommandSubmitted:
        return CommandSubmitted(player="a", session="s", seq=1, name="buy", args=args)

    assert plain_args(command(msgspec.msgpack.encode({"n": 1}))) == {"n": 1}
    with pytest.raises(BadInput, match="no MessagePack"):
        plain_args(command(b"\xc1"))
    with pytest.raises(BadInput, match="must be a map"):
        plain_args(command(b"\x01"))
