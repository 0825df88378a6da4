"""The log: appending through the port, and the codec."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from lqe.adapters.sqlite import SQLiteLogs
from lqe.codec import Codec
from lqe.events import CommandSubmitted
from lqe.ports.log import Commit

from .measure import Result, in_turn, rates, times

_COMMIT = 100
_NAME = "command.submitted.v1"


def _event(seq: int) -> CommandSubmitted:
    args = msgspec.msgpack.encode({"x": 12.5, "y": 80.25})
    return CommandSubmitted(
        tick=1234, at_us=1_700_000_000_000_000, player="bot-7", session="00112233aabbccdd",
        seq=seq, name="travel", args=args,
    )  # fmt: skip


@contextmanager
def _recorder(folder: str) -> Iterator[SQLiteApplicationRecorder]:
    datastore = SQLiteDatastore(str(Path(folder, "bare.sqlite")), originator_id_type="text")
    recorder = SQLiteApplicationRecorder(datastore)
    recorder.create_table()
    yield recorder
    datastore.close()


def append() -> Result:
    """Commits of 100 through the log port, durable each, against the recorder underneath."""
    encode = Codec().encode
    encoded = [encode(_event(i)) for i in range(_COMMIT)]
    names = [_NAME] * _COMMIT
    with tempfile.TemporaryDirectory() as folder, _recorder(folder) as recorder:
        logs = SQLiteLogs(Path(folder))
        log = logs.tenant("bench")
        heads = {"ours": 0, "theirs": 0}

        def ours() -> None:
            log.append([Commit("w", heads["ours"], names, encoded)])
            heads["ours"] += _COMMIT

        def theirs() -> None:
            first = heads["theirs"]
            stored = [StoredEvent("w", first + i, _NAME, data) for i, data in enumerate(encoded)]
            recorder.insert_events(stored)
            heads["theirs"] += _COMMIT

        mine, other = in_turn(ours, theirs, 400)
        logs.close()
    against = "SQLiteApplicationRecorder"
    return rates("append", "events a second", _COMMIT / mine, _COMMIT / other, against, 0.8)


def codec() -> Result:
    """One command encoded and decoded, against msgspec with the type known beforehand."""
    ours, event = Codec(), _event(1)
    encode = msgspec.msgpack.Encoder().encode
    decode = msgspec.msgpack.Decoder(CommandSubmitted).decode

    def mine() -> None:
        for _ in range(1_000):
            ours.decode(ours.encode(event))

    def other() -> None:
        for _ in range(1_000):
            decode(encode(event))

    a, b = in_turn(mine, other, 100)
    return times("codec", "µs an event", a * 1_000, b * 1_000, "bare msgspec", 2.0)
