"""A process starts from a snapshot only where the log has the keyframe that it says it is."""

from typing import Any

import msgspec
import pytest

from lqe.adapters.budget import Unlimited
from lqe.adapters.memory import MemoryObjects
from lqe.adapters.scenarios import read_source
from lqe.errors import Quarantine
from lqe.fold import Snapshot
from lqe.handlers.worlds import Worlds
from tests.recorded import STONES, TENANT, WORLD, Recorded


@pytest.fixture(scope="module")
def game() -> Recorded:
    return Recorded().play(players=2, ticks=300)


def started(game: Recorded, objects: MemoryObjects) -> Any:
    """Start a process over what is stored; return its world."""
    worlds = Worlds(
        game.logs, objects, game.cursors, lambda _: game.code, game.profile, Unlimited()
    )
    return worlds.get(TENANT, WORLD)


def newest(game: Recorded) -> Snapshot:
    tick = game.cursors.tenant(TENANT).get(WORLD).snapshot
    assert tick is not None
    return game.snapshot(tick)


def test_a_snapshot_that_is_as_it_was_stored_is_started_from(game: Recorded) -> None:
    snapshot = newest(game)
    warm = started(game, game.replace_snapshot(snapshot.header.tick, snapshot))
    assert warm.fold.position == len(game.records()) - 1


@pytest.mark.parametrize("by", [-9, -3, -1, 1, 3])
def test_a_snapshot_of_another_position_is_not_started_from(game: Recorded, by: int) -> None:
    snapshot = newest(game)
    header = msgspec.structs.replace(snapshot.header, position=snapshot.header.position + by)
    forged = game.replace_snapshot(header.tick, Snapshot(header, snapshot.state))
    with pytest.raises(Quarantine, match="says that it follows position"):
        started(game, forged)


def test_a_snapshot_of_other_code_is_not_started_from(game: Recorded) -> None:
    snapshot = newest(game)
    source = read_source(STONES)
    files = {**source.files, "more.py": b"A = 1\n"}
    other = game.code.keep(msgspec.structs.replace(source, files=files))
    header = msgspec.structs.replace(snapshot.header, scenario=other)
    forged = game.replace_snapshot(header.tick, Snapshot(header, snapshot.state))
    with pytest.raises(Quarantine, match="was in force at position"):
        started(game, forged)
