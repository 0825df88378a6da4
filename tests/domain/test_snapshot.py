"""A snapshot comes back as it was, and the smallest change to it is noticed."""

from __future__ import annotations

import zlib

import pytest

from lqe.errors import BadSnapshot
from lqe.fold import Fold, Snapshot
from lqe.version import RULES_VERSION
from lqe.world import state_digest
from tests.scenarios import Drop, Earn, toy
from tests.steps import Play, given, present_state


def played() -> Play:
    """Return a world with a bit of everything, just after a keyframe."""
    play = given(toy(), players=["ann", "bob"])
    play.orders("ann", Drop(3.0, turning=True))
    play.orders("bob", Earn(2.0))
    play.passes(100)
    return play


def test_a_snapshot_comes_back_as_it_was() -> None:
    snapshot = played().keyframes[-1]
    again = Snapshot.decode(snapshot.encode())
    assert again == snapshot
    assert again.encode() == snapshot.encode()


def test_the_digest_is_that_of_the_state_and_the_header_says_the_rest() -> None:
    play = played()
    snapshot = play.keyframes[-1]
    header = snapshot.header
    again = played().keyframes[-1].header.digest
    assert header.digest == state_digest(snapshot.state) == again
    assert (header.tick, header.position, header.scenario, header.rules) == (
        100,
        4,
        "a",
        RULES_VERSION,
    )


def test_a_restored_fold_has_the_state_and_settles_to_the_same_bytes() -> None:
    play = played()
    snapshot = play.keyframes[-1]
    fold = Fold.restore(snapshot, play.code)
    assert present_state(fold) == snapshot.plain()
    assert fold.core.settle() == snapshot.state
    assert fold.position == snapshot.header.position


def test_any_flipped_bit_is_noticed_unless_it_changes_nothing() -> None:
    snapshot = played().keyframes[-1]
    whole = snapshot.encode()
    unnoticed = []
    for place in range(len(whole) * 8):
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        try:
            # A compressed stream has several spellings: a reference to an equal run elsewhere.
            if Snapshot.decode(bytes(changed)) != snapshot:
                unnoticed.append(place)
        except BadSnapshot:
            continue
    assert not unnoticed, f"bits {unnoticed[:20]} of {len(whole) * 8}"


@pytest.mark.parametrize("cut", [1, 2, 4, 5, 40])
def test_a_snapshot_that_lacks_its_end_is_noticed(cut: int) -> None:
    with pytest.raises(BadSnapshot):
        Snapshot.decode(played().keyframes[-1].encode()[:-cut])


def test_bytes_after_the_end_are_noticed() -> None:
    with pytest.raises(BadSnapshot):
        Snapshot.decode(played().keyframes[-1].encode() + b"more")


@pytest.mark.parametrize("data", [b"", b"x", zlib.compress(b""), zlib.compress(b"\x80")])
def test_bytes_that_are_no_snapshot_are_refused(data: bytes) -> None:
    with pytest.raises(BadSnapshot):
        Snapshot.decode(data)


def test_a_state_changed_together_with_its_packing_is_noticed() -> None:
    snapshot = played().keyframes[-1]
    state = bytearray(snapshot.state)
    state[len(state) // 2] ^= 1
    forged = Snapshot(snapshot.header, bytes(state))
    with pytest.raises(BadSnapshot, match="was changed"):
        Snapshot.decode(forged.encode())
    assert Snapshot.unchecked(forged.encode()) == forged


def test_the_state_is_one_document_of_known_parts() -> None:
    assert set(played().keyframes[-1].plain()) == {
        "tick", "life", "fault", "genesis", "entities", "impulses", "contacts", "drawn",
        "schedule", "players", "recorded", "upgrade", "script",
    }  # fmt: skip
