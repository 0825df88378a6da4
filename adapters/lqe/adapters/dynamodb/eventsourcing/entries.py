"""What the index knows of a stretch of the log: under each key, runs of three numbers.

A run is (commit, from, to): the commit that begins at that notification id holds those versions of
the originator, both ends included. Under the key of a tracked application there is one run, the
latest: (commit, position, position).
"""

import zlib

import msgspec

from lqe.adapters.dynamodb.inflate import inflated

from .commits import Commit
from .keys import is_tracking, tracking_key

Entries = dict[bytes, list[int]]
RUN = 3
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Entries).decode


def entries_of(commit: Commit) -> Entries:
    """Return what the index has to know of one commit."""
    found: Entries = {}
    for event in commit.events:
        runs = found.setdefault(event.key, [])
        if runs and runs[-1] + 1 == event.version:
            runs[-1] = event.version
        else:
            runs += (commit.first, event.version, event.version)
    for name, position in commit.tracking.items():
        found[tracking_key(name)] = [commit.first, position, position]
    return found


def add(to: Entries, more: Entries) -> None:
    """Add what a later stretch of the log holds."""
    for key, runs in more.items():
        join(to.setdefault(key, []), key, runs)


def join(runs: list[int], key: bytes, more: list[int]) -> None:
    """Add later runs of one key; of a tracked application the highest is kept."""
    if not is_tracking(key):
        runs += more
    elif more and (not runs or more[-1] > runs[-1]):
        runs[:] = more[-RUN:]


def packed(entries: Entries) -> bytes:
    """Return entries as bytes, the same for the same entries."""
    return zlib.compress(plain(entries))


def unpacked(body: bytes) -> bytes:
    """Return packed entries as they are kept in memory; raise ValueError unless they are whole."""
    try:
        kept = inflated(body)
        _decode(kept)
    except (ValueError, msgspec.DecodeError) as error:
        raise ValueError(str(error)) from None
    return kept


def plain(entries: Entries) -> bytes:
    """Return entries as they are kept in memory."""
    return _encode(dict(sorted(entries.items())))


def decoded(kept: bytes) -> Entries:
    """Return entries that are kept in memory."""
    return _decode(kept)
