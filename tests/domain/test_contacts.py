"""Who touches whom: steady at rest across keyframes, ended after a hold, gone with a body."""

from __future__ import annotations

import pytest

from lqe.ecs import Position
from lqe.physics import Body, Circle, Segment, box
from lqe.physics.impulses import Impulses
from lqe.scenario import Command, Rules, Scenario, SpaceRules, World
from tests.steps import Play, given

_SETTLED = 300


class Lift(Command, frozen=True):
    """Put an entity somewhere else."""

    entity: int
    y: float


class Vanish(Command, frozen=True):
    """Take an entity out of the world."""

    entity: int


class Undress(Command, frozen=True):
    """Take an entity's body."""

    entity: int


class Reshape(Command, frozen=True):
    """Give an entity another outline."""

    entity: int
    radius: float


def _floor(half: float, radius: float, friction: float = 0.5) -> Body:
    line = Segment(x1=-half, y1=0.0, x2=half, y2=0.0, radius=radius, friction=friction)
    return Body(kind="static", shapes=(line,))


def stacks() -> Scenario:
    """Return ten stacks of five unit boxes under strong gravity."""
    space = SpaceRules(gravity=(0.0, -100.0), contacts=True)
    game = Scenario("stacks", rules=Rules(space=space))

    @game.opening
    def open_world(world: World) -> None:
        world.spawn(_floor(2000.0, 0.25))
        for column in range(10):
            for row in range(5):
                unit = Body(shapes=(box(1.0, 1.0, friction=0.5),), moment=1 / 6)
                world.spawn(unit, Position(-100.0 + column * 2.5, 0.75 + row))

    return game


def heap() -> Scenario:
    """Return forty bodies that fall into a trough."""
    space = SpaceRules(gravity=(0.0, -50.0), contacts=True)
    game = Scenario("heap", rules=Rules(space=space))

    @game.opening
    def open_world(world: World) -> None:
        for ends in ((-40, 0, 40, 0), (-40, 0, -40, 90), (40, 0, 40, 90)):
            x1, y1, x2, y2 = map(float, ends)
            wall = Segment(x1=x1, y1=y1, x2=x2, y2=y2, radius=2.0, friction=1.0)
            world.spawn(Body(kind="static", shapes=(wall,)))
        for number in range(40):
            shape = Circle(radius=3.0, friction=1.0) if number % 2 else box(6.0, 6.0, friction=1.0)
            at = Position(-30.0 + number % 9 * 7.0, 6.0 + number // 9 * 8.0)
            world.spawn(Body(shapes=(shape,), moment=40.0), at)

    return game


def pair(hold: int = 6) -> Scenario:
    """Return a floor (1), a ball resting on it (2), a sensor around it (3), a ball far away (4)."""
    space = SpaceRules(gravity=(0.0, -50.0), contacts=True, contact_hold=hold)
    game = Scenario("pair", rules=Rules(space=space))

    @game.opening
    def open_world(world: World) -> None:
        world.spawn(_floor(100.0, 2.0))
        world.spawn(Body(shapes=(Circle(radius=3.0),)), Position(0, 5))
        sensor = Circle(radius=8.0, sensor=True)
        world.spawn(Body(kind="static", shapes=(sensor,)), Position(0, 9))
        world.spawn(Body(shapes=(Circle(radius=3.0),)), Position(50, 5))

    @game.command(Lift)
    def lift(world: World, player: str, order: Lift) -> None:
        at = world.get(order.entity, Position)
        world.write(order.entity, Position(at.x, order.y))

    @game.command(Vanish)
    def vanish(world: World, player: str, order: Vanish) -> None:
        world.despawn(order.entity)

    @game.command(Undress)
    def undress(world: World, player: str, order: Undress) -> None:
        world.remove(order.entity, Body)

    @game.command(Reshape)
    def reshape(world: World, player: str, order: Reshape) -> None:
        world.add(order.entity, Body(shapes=(Circle(radius=order.radius),)))

    return game


def _changes(play: Play, ticks: int, *, impulses: bool = True, interval: int = 30) -> int:
    """Return how many pairs began or ended in so many ticks."""
    found = 0
    for _ in range(ticks):
        play.passes(1)
        found += len(play.world.began) + len(play.world.ended)
        if not impulses and play.tick % interval == 0:
            play.fold.core.space.rebuild(Impulses())
    return found


def test_stacks_at_rest_begin_and_end_nothing_at_keyframes() -> None:
    play = given(stacks(), players=["ann"], interval=30)
    play.passes(_SETTLED)
    assert _changes(play, 1200) == 0
    assert len(play.world.contacts) == 50
    tops = [play.world.get(entity, Position).y for entity in range(6, 52, 5)]
    assert min(tops) > 4.0, "every stack stands"


def test_the_same_stacks_flicker_when_impulses_are_not_carried_over() -> None:
    play = given(stacks(), players=["ann"], interval=30)
    for _ in range(10):
        _changes(play, 30, impulses=False)
    assert _changes(play, 1200, impulses=False) > 0


def test_a_heap_at_rest_is_steady_at_the_default_interval() -> None:
    play = given(heap(), players=["ann"], interval=Rules().keyframe_interval)
    play.passes(3_900)
    assert _changes(play, 200) == 0, "a keyframe is among these ticks, at 4,000"
    assert len(play.world.contacts) > 40


@pytest.mark.parametrize("hold", [1, 2, 6, 30])
@pytest.mark.parametrize("interval", [1, 7, 1000])
def test_a_pair_ends_after_contact_hold_ticks_without_touch(hold: int, interval: int) -> None:
    play = given(pair(hold), players=["ann"], interval=interval)
    play.passes(20)
    assert (1, 2) in play.world.contacts
    play.orders("ann", Lift(2, 80.0))
    play.passes(hold - 1)
    assert (1, 2) in play.world.contacts
    assert play.world.ended == []
    play.passes(1)
    assert (1, 2) not in play.world.contacts
    assert play.world.ended == [(1, 2)]
    play.passes(1)
    assert play.world.ended == []


def test_a_pair_is_counted_on_through_a_cold_start_even_when_nothing_touches() -> None:
    play = given(pair(), players=["ann"], interval=3)
    play.orders("ann", Vanish(4))
    play.passes(21)
    play.orders("ann", Lift(2, 80.0))
    play.passes(4)
    keyframe = next(k for k in play.keyframes if k.header.tick == 21)
    cold = play.fold.restore(keyframe, play.code)
    start = keyframe.header.position + 1
    for position, event in enumerate(play.log[start:], start):
        cold.fold(position, event)
    assert cold.core.contacts.dump() == play.fold.core.contacts.dump()


def test_a_touch_within_the_hold_keeps_the_pair() -> None:
    play = given(pair(), players=["ann"])
    play.passes(20)
    play.orders("ann", Lift(2, 80.0))
    play.passes(3)
    play.orders("ann", Lift(2, 4.9))
    seen = _changes(play, 20)
    assert seen == 0
    assert (1, 2) in play.world.contacts


@pytest.mark.parametrize("order", [Vanish(2), Undress(2)])
def test_the_pairs_of_a_body_that_goes_end_with_the_next_tick(order: Command) -> None:
    play = given(pair(), players=["ann"])
    play.passes(20)
    assert (1, 2) in play.world.contacts
    play.orders("ann", order)
    assert (1, 2) not in play.world.contacts
    play.passes(1)
    assert play.world.ended == [(1, 2)]
    assert play.world.touching(1) == [4]
    play.passes(1)
    assert play.world.ended == []


def test_a_body_that_changes_shape_while_it_touches_keeps_its_pair() -> None:
    play = given(pair(), players=["ann"])
    play.passes(20)
    play.orders("ann", Reshape(2, 3.1))
    assert _changes(play, 60) == 0
    assert play.world.touching(2) == [1]


def test_sensors_are_felt_by_queries_and_touch_nothing() -> None:
    play = given(pair(), players=["ann"])
    play.passes(20)
    assert play.world.inside(3) == [1, 2]
    assert play.world.inside(2) == [1, 3]
    assert play.world.touching(3) == []
    play.orders("ann", Lift(2, 80.0))
    play.passes(1)
    assert play.world.inside(3) == [1]


def test_what_is_inside_is_the_same_after_a_cold_start() -> None:
    play = given(pair(), players=["ann"])
    play.passes(50)
    cold = play.fold.restore(play.keyframes[-1], play.code)
    assert [World(cold.core).inside(e) for e in range(1, 5)] == [
        play.world.inside(e) for e in range(1, 5)
    ]
