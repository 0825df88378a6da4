"""Column components: rows in id order, reading copies, writing by row or by array."""

from __future__ import annotations

import random

import numpy as np
import pytest

from lqe.ecs import Column, Position, Velocity
from lqe.ecs.columns import ColumnStore
from lqe.errors import NoSuchEntity, NotFinite, ScenarioError, StateError
from lqe.physics import Body, Circle
from lqe.scenario import Scenario, World
from tests.scenarios import Score, Wallet
from tests.steps import given


def filled(ids: list[int]) -> ColumnStore:
    """Return a store of scores whose points are ten times their entity."""
    store = ColumnStore(Score)
    store.change({e: Score(e * 10.0, e, e % 2 == 0) for e in ids}, [])
    return store


def test_rows_stay_in_id_order_and_keep_their_values_however_they_come_and_go() -> None:
    chance = random.Random(1)
    store = filled([])
    expected: dict[int, Score] = {}
    for step in range(200):
        put = {chance.randrange(50): Score(float(step), step, True) for _ in range(3)}
        remove = [e for e in chance.sample(range(50), 3) if e not in put]
        store.change(put, remove)
        expected = {e: v for e, v in {**expected, **put}.items() if e not in remove}
        assert store.ids.tolist() == sorted(expected)
    assert {e: store.get(e) for e in expected} == expected
    again = ColumnStore(Score)
    again.load(store.dump())
    assert again.dump() == store.dump()
    assert {e: again.get(e) for e in expected} == expected


def test_values_come_back_in_their_declared_types() -> None:
    store = filled([2])
    row = store.get(2)
    assert [type(v) for v in (row.points, row.moves, row.leading)] == [float, int, bool]
    assert row == Score(20.0, 2, True)


def test_reading_gives_a_copy_and_writing_needs_the_row_to_be_there() -> None:
    store = filled([1, 2])
    before = store.get(1)
    store.write(1, Score(1.0, 1, False))
    assert before == Score(10.0, 1, False)
    with pytest.raises(NoSuchEntity, match="entity 3 has no score"):
        store.write(3, Score())


@pytest.mark.parametrize(
    "row",
    [
        Score("1", 1, True),  # type: ignore[arg-type]
        Score(True, 1, True),
        Score(1.0, 1.5, True),  # type: ignore[arg-type]
        Score(1.0, True, True),
        Score(1.0, 1, 1),  # type: ignore[arg-type]
        Score(None, 1, True),  # type: ignore[arg-type]
        Score(1.0, 2**63, True),
        Score(1.0, -(2**63) - 1, True),
    ],
)
def test_rows_of_other_types_are_refused_as_they_enter(row: Score) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError, StateError)):
        ColumnStore(Score).admit(row)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_finite_is_refused_as_it_enters(value: float) -> None:
    with pytest.raises(NotFinite):
        ColumnStore(Score).admit(Score(value, 1, True))


def test_numbers_of_numpy_are_taken_as_what_they_are() -> None:
    row = ColumnStore(Score).admit(
        Score(np.float32(0.5), np.int16(3), np.bool_(True))  # type: ignore[arg-type]
    )
    assert row == Score(0.5, 3, True)
    assert [type(v) for v in (row.points, row.moves, row.leading)] == [float, int, bool]


def test_a_column_holds_numbers_only() -> None:
    kind = type("Label", (Column,), {"__annotations__": {"text": str}}, frozen=True)
    with pytest.raises(ScenarioError, match=r"Label\.text must be float, int or bool"):
        given(Scenario("labels", components=(kind,)))


def mixed() -> Scenario:
    """Return a world with bodies, drifting things, and things that only have a place."""
    game = Scenario("mixed", components=(Score, Wallet))

    @game.opening
    def open_world(world: World) -> None:
        for number in range(12):
            place, speed = Position(number * 20.0, 0.0), Velocity(10.0, 0.0)
            if number % 3 == 0:
                world.spawn(Body(shapes=(Circle(radius=1.0),)), place, speed, Score())
            elif number % 3 == 1:
                world.spawn(place, speed)
            else:
                world.spawn(place, Score())

    return game


def test_columns_of_mixed_entities_keep_every_row_with_its_owner() -> None:
    play = given(mixed(), players=["ann"])
    play.passes(100)
    xs = {entity: round(at.x, 6) for entity, at in play.world.query(Position)}
    moved = {e: (e - 1) * 20.0 + (16.0 if (e - 1) % 3 != 2 else 0.0) for e in range(1, 13)}
    assert xs == moved


def test_arrays_of_columns_line_up_only_where_entities_are_the_same() -> None:
    play = given(mixed(), players=["ann"])
    with pytest.raises(StateError, match="not on the same entities"):
        play.world.columns(Position, Velocity)
    (speed,) = play.world.columns(Velocity)
    (score,) = play.world.columns(Score)
    assert speed.ids.tolist() == [1, 2, 4, 5, 7, 8, 10, 11]
    assert score.ids.tolist() == [1, 3, 4, 6, 7, 9, 10, 12]
    with pytest.raises(ScenarioError, match="query it"):
        play.world.columns(Wallet)
    with pytest.raises(AttributeError):
        _ = speed.weight


def test_arrays_can_be_written_only_where_that_was_asked_for() -> None:
    play = given(mixed(), players=["ann"])
    (speed,) = play.world.columns(Velocity)
    with pytest.raises(ValueError, match="read-only"):
        speed.dx[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        speed.ids[0] = 99
    (mine,) = play.world.columns(Velocity, writes=(Velocity,))
    mine.dx += 1.0
    mine.dy = 2.0
    with pytest.raises(ValueError, match="read-only"):
        mine.ids[0] = 99
    assert play.world.get(1, Velocity) == Velocity(11.0, 2.0)
    play.passes(100)
    assert round(play.world.get(1, Position).x, 6) == 17.6


def test_a_row_written_after_a_step_is_not_overwritten_by_what_the_step_made() -> None:
    play = given(mixed(), players=["ann"], interval=1000)
    play.passes(10)
    play.world.write(1, Position(500.0, 0.0))
    assert play.world.get(1, Position).x == 500.0
    play.passes(10)
    assert round(play.world.get(1, Position).x, 6) == 501.6
    assert round(play.world.get(4, Position).x, 6) == 63.2
