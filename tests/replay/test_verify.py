"""A replay says verified, or it says where and what."""

import msgspec
import pytest

from lqe.adapters.memory import MemoryLogs, MemoryObjects
from lqe.events import CommandSubmitted, KeyframeRecorded
from lqe.fold import Snapshot
from lqe.ports.log import Commit
from lqe.replay import Verdict
from lqe.world import state_digest
from tests.recorded import TENANT, WORLD, Recorded, changed_args


@pytest.fixture(scope="module")
def game() -> Recorded:
    return Recorded().play()


def a_push(game: Recorded) -> tuple[int, CommandSubmitted]:
    """Return the last push that was applied before the middle of the game, with its position."""
    pushes = [
        (position, event)
        for position, event in enumerate(game.events())
        if isinstance(event, CommandSubmitted) and event.name == "push" and event.tick < 200
    ]
    return pushes[0]


def test_a_log_that_nobody_touched_is_verified(game: Recorded) -> None:
    report = game.verify()
    assert report.verdict is Verdict.VERIFIED
    assert report.divergence is None
    assert report.keyframes == report.attested == report.snapshots == 11
    assert report.applied > 10
    assert report.verdict.exit_code == 0


def test_keyframes_that_nobody_attested_are_listed(game: Recorded) -> None:
    logs = game.with_event(
        next(p for p, e in enumerate(game.events()) if isinstance(e, KeyframeRecorded)),
        msgspec.structs.replace(game.keyframes()[3]),
    )
    assert 0 in game.verify(logs).unattested


def test_a_changed_event_is_found_between_two_keyframes_with_what_differs(game: Recorded) -> None:
    position, push = a_push(game)
    changed = changed_args(push, dx=33.0, dy=33.0)
    report = game.verify(game.with_event(position, changed))
    found = report.divergence
    assert report.verdict is Verdict.DIVERGED
    assert found is not None
    assert found.after is not None
    assert found.at is not None
    assert found.after <= push.tick <= found.at
    assert found.at - found.after == 40
    assert found.first is not None
    assert found.last is not None
    assert found.first <= position <= found.last
    assert {d.component for d in found.differences} >= {"position", "purse"}
    assert all(d.entity is not None for d in found.differences if d.component == "purse")
    assert report.verdict.exit_code == 3


def test_a_changed_event_without_effect_on_the_state_needs_a_second_copy(game: Recorded) -> None:
    position, push = a_push(game)
    logs = game.with_event(position, msgspec.structs.replace(push, sealed=b"x"))
    assert game.verify(logs).verdict is Verdict.VERIFIED
    assert game.verify(logs, second=game.logs).verdict is Verdict.TAMPERED


@pytest.mark.parametrize("position", [0, 7, 25])
def test_against_a_second_copy_the_position_is_named(game: Recorded, position: int) -> None:
    event = msgspec.structs.replace(game.events()[position], sealed=b"x")
    report = game.verify(game.with_event(position, event), second=game.logs)
    assert report.verdict is Verdict.TAMPERED
    assert report.divergence is not None
    assert report.divergence.position == position


def test_a_log_that_was_cut_short_differs_from_its_second_copy_at_the_cut(game: Recorded) -> None:
    longer = Recorded().play(ticks=40)
    report = longer.verify(second=game.logs)
    assert report.verdict is Verdict.TAMPERED


def test_any_single_flipped_bit_of_an_event_is_found_against_a_second_copy(game: Recorded) -> None:
    records = game.records()
    for number in range(0, 200, 7):
        position = number % len(records)
        data = bytearray(records[position].data)
        data[number % len(data)] ^= 1 << (number % 8)
        report = game.verify(game.with_bytes(position, bytes(data)), second=game.logs)
        assert report.verdict is Verdict.TAMPERED
        assert report.divergence is not None
        assert report.divergence.position == position


def test_bytes_that_are_no_event_are_tampered_with_at_their_position(game: Recorded) -> None:
    report = game.verify(game.with_bytes(9, b"\xc1garbage"))
    assert report.verdict is Verdict.TAMPERED
    assert report.divergence is not None
    assert report.divergence.position == 9


def change_purse(snapshot: Snapshot) -> tuple[dict[str, object], int]:
    """Return a snapshot's state with more coins in the first purse, and whose it is."""
    state = msgspec.msgpack.decode(snapshot.state)
    row = state["entities"]["components"]["purse"][0]
    row[1]["coins"] += 1000.0
    return state, row[0]


def test_a_changed_snapshot_is_found_by_tick_entity_and_component(game: Recorded) -> None:
    snapshot = game.snapshot(80)
    state, entity = change_purse(snapshot)
    forged = Snapshot(snapshot.header, msgspec.msgpack.encode(state, order="deterministic"))
    report = game.verify(objects=game.replace_snapshot(80, forged))
    assert report.verdict is Verdict.TAMPERED
    assert report.divergence is not None
    assert report.divergence.at == 80
    assert [(d.entity, d.component) for d in report.divergence.differences] == [(entity, "purse")]
    assert report.verdict.exit_code == 4


def test_a_changed_snapshot_with_a_digest_to_match_is_found_as_well(game: Recorded) -> None:
    snapshot = game.snapshot(80)
    state, entity = change_purse(snapshot)
    data = msgspec.msgpack.encode(state, order="deterministic")
    header = msgspec.structs.replace(snapshot.header, digest=state_digest(data))
    report = game.verify(objects=game.replace_snapshot(80, Snapshot(header, data)))
    assert report.verdict is Verdict.TAMPERED
    assert report.divergence is not None
    assert report.divergence.at == 80
    assert [(d.entity, d.component) for d in report.divergence.differences] == [(entity, "purse")]


@pytest.mark.parametrize(
    ("said", "value"), [("position", 3), ("tick", 120), ("scenario", "f" * 64), ("rules", 1)]
)
def test_what_a_snapshot_says_of_itself_is_held_against_the_log(
    game: Recorded, said: str, value: object
) -> None:
    snapshot = game.snapshot(80)
    header = msgspec.structs.replace(snapshot.header, **{said: value})
    report = game.verify(objects=game.replace_snapshot(80, Snapshot(header, snapshot.state)))
    assert report.verdict is Verdict.TAMPERED
    assert report.divergence is not None
    assert f"it says {said} {value}" in report.divergence.what


def test_on_a_machine_with_other_numbers_a_difference_proves_nothing(game: Recorded) -> None:
    position, push = a_push(game)
    logs = game.with_event(position, changed_args(push, dx=33.0, dy=33.0))
    report = game.verify(logs, profile="another")
    assert report.verdict is Verdict.INCONCLUSIVE
    assert report.verdict.exit_code == 5


def test_on_a_machine_with_other_numbers_the_same_bits_are_verified_all_the_same(
    game: Recorded,
) -> None:
    report = game.verify(profile="another")
    assert report.verdict is Verdict.VERIFIED
    assert report.recorded_profiles == [game.profile]


def test_code_that_is_missing_leaves_it_open(game: Recorded) -> None:
    opened = msgspec.structs.replace(game.events()[0], scenario="0" * 64)
    report = game.verify(game.with_event(0, opened))
    assert report.verdict is Verdict.INCONCLUSIVE
    assert report.divergence is not None
    assert "cannot be loaded" in report.divergence.what


def test_a_replay_takes_nothing_from_the_snapshots(game: Recorded) -> None:
    report = game.verify(objects=MemoryObjects())
    assert report.verdict is Verdict.VERIFIED
    assert report.snapshots == 0


def test_a_log_without_its_attestations_proves_nothing(game: Recorded) -> None:
    logs = MemoryLogs()
    kept = [r for r in game.records() if r.name != "keyframe.recorded.v1"]
    commit = Commit(WORLD, 0, [r.name for r in kept], [r.data for r in kept])
    logs.tenant(TENANT).append([commit])
    report = game.verify(logs, objects=MemoryObjects())
    assert report.verdict is Verdict.INCONCLUSIVE
    assert report.divergence is not None
    assert "nothing to hold it against" in report.divergence.what
    # The snapshots know at which positions the log stood before it lost them.
    assert game.verify(logs).verdict is Verdict.TAMPERED


@pytest.mark.parametrize("tick", [7, 40, 1_000_000])
def test_a_digest_for_a_state_that_was_never_reached_is_a_divergence(
    game: Recorded, tick: int
) -> None:
    position = [p for p, e in enumerate(game.events()) if isinstance(e, KeyframeRecorded)][-1]
    forged = msgspec.structs.replace(game.keyframes()[-1], keyframe=tick, digest="0" * 64)
    report = game.verify(game.with_event(position, forged))
    assert report.verdict is Verdict.DIVERGED
    assert report.divergence is not None
    assert report.divergence.position == position
