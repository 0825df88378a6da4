"""Whole numbers are taken as such however a client's JSON writes them."""

from typing import Any, Literal

import msgspec
import pytest

from lqe.errors import BadInput
from lqe.scenario import Command, Scenario, World
from lqe.scenario.schemas import encode_args
from lqe.wire import Frame, decode_frame

FRAME = b'{"type":"commands","commands":[{"seq":%b,"name":"put","args":{},"not_after":%b}]}'


class Part(msgspec.Struct, frozen=True):
    """What is within an order."""

    count: int


class Put(Command, frozen=True):
    """Use numbers in every place that takes some."""

    n: int
    share: float = 0.5
    either: int | float = 0
    perhaps: int | None = None
    level: Literal[1, 2] = 1
    parts: tuple[Part, ...] = ()
    by_name: dict[str, list[int]] = {}


scenario = Scenario("Whole")


@scenario.command(Put)
def put(world: World, player: str, order: Put) -> None:
    """Do nothing."""


def args_of(text: bytes) -> bytes:
    return encode_args(scenario.commands["put"], msgspec.json.decode(text))


@pytest.mark.parametrize("written", [b"3", b"3.0", b"3e0", b"30e-1", b"0.3E1"])
def test_a_number_is_the_same_however_it_is_written(written: bytes) -> None:
    frame = decode_frame(FRAME % (written, written))
    assert isinstance(frame, Frame)
    assert (repr(frame.commands[0].seq), repr(frame.commands[0].not_after)) == ("3", "3")


def test_arguments_are_kept_as_the_bytes_of_whole_numbers() -> None:
    whole = (
        b'{"n":3,"share":1,"either":4,"perhaps":5,"level":2,'
        b'"parts":[{"count":6}],"by_name":{"a":[7]}}'
    )
    floats = whole
    for digit in b"1234567":
        floats = floats.replace(b":%c" % digit, b":%c.0" % digit).replace(
            b"[%c]" % digit, b"[%c.0]" % digit
        )
    assert floats.count(b".0") == 7
    assert args_of(floats) == args_of(whole)
    kept = msgspec.msgpack.decode(args_of(floats))
    assert repr([kept["n"], kept["share"], kept["by_name"]]) == "[3, 1.0, {'a': [7]}]"


@pytest.mark.parametrize(
    "written", [b"1.5", b"1e400", b"-1e400", b"1e19", b"9223372036854775808.0", b'"3"', b"true"]
)
def test_what_is_no_whole_number_is_refused_as_ever(written: bytes) -> None:
    with pytest.raises(BadInput):
        decode_frame(FRAME % (written, b"1"))
    with pytest.raises((msgspec.DecodeError, OverflowError)):
        args_of(b'{"n":%b}' % written)


@pytest.mark.parametrize(
    ("written", "kept"), [(b"-0.0", 0), (b"-9223372036854775808.0", -(2**63)), (b"1e15", 10**15)]
)
def test_what_is_taken_has_the_value_that_was_written(written: bytes, kept: Any) -> None:
    assert msgspec.msgpack.decode(args_of(b'{"n":%b}' % written))["n"] == kept


@pytest.mark.parametrize(
    ("written", "kept"), [(b"2.5", 2.5), (b"1e300", 1e300), (b"9223372036854775807", float(2**63))]
)
def test_a_float_is_what_was_written(written: bytes, kept: float) -> None:
    share = msgspec.msgpack.decode(args_of(b'{"n":1,"share":%b}' % written))["share"]
    assert repr(share) == repr(kept)
