"""Bodies follow their components: whoever reads, and in whatever order things change."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from lqe.ecs import AnyComponent, Entity, Position, Velocity
from lqe.physics import Body, Circle, Joint, Motor, Pin, Rotation, Segment, box
from lqe.scenario import Command, Rules, Scenario, SpaceRules, World
from tests.steps import Play, assert_replays, first_difference, given

Act = Callable[[World], None]


class Do(Command, frozen=True):
    """Do what the test says, by number."""

    number: int = 0


def stage(opening: Act, *acts: Act, gravity: float = 0.0) -> Scenario:
    """Return a scenario that opens with `opening` and does one of `acts` at a command."""
    game = Scenario("stage", rules=Rules(space=SpaceRules(gravity=(0.0, gravity), contacts=True)))
    game.opening(opening)

    @game.command(Do)
    def do(world: World, player: str, order: Do) -> None:
        acts[order.number](world)

    return game


def ball(x: float = 0.0, y: float = 0.0, dx: float = 0.0) -> Entity:
    """Return a ball of radius 2 on its way."""
    return Entity(Body(shapes=(Circle(radius=2.0),), moment=8.0), Position(x, y), Velocity(dx, 0.0))


def one_moving_ball(world: World) -> None:
    world.spawn(ball(dx=10.0))


def _at(play: Play, entity: int = 1) -> float:
    return round(play.world.get(entity, Position).x, 9)


def _played(scenario: Scenario, *, read: bool) -> Play:
    play = given(scenario, players=["ann"], interval=1000)
    play.passes(100)
    if read:
        play.world.columns(Position)
        play.world.columns(Velocity)
        play.world.columns(Rotation)
    assert play.orders("ann", Do()).applied
    play.passes(100)
    return play


def _add(entity: int, component: AnyComponent) -> Act:
    return lambda world: world.add(entity, component)


def _remove(entity: int, kind: type[AnyComponent]) -> Act:
    return lambda world: world.remove(entity, kind)


_SMALLER = Body(shapes=(box(1.0, 1.0),), moment=8.0)


@pytest.mark.parametrize(
    "act",
    [
        _add(1, _SMALLER),
        _remove(1, Body),
        _add(1, Position(7.0, 7.0)),
        _add(1, Velocity(1.0, 1.0)),
        _add(1, Rotation(1.0, 1.0)),
        _add(1, Body(shapes=(), kind="static")),
    ],
    ids=["reshaped", "stripped", "placed", "pushed", "turned", "made static"],
)
def test_reading_a_world_leaves_no_trace(act: Act) -> None:
    unread = _played(stage(one_moving_ball, act), read=False)
    read = _played(stage(one_moving_ball, act), read=True)
    assert first_difference(unread.state(), read.state()) is None


def test_a_reshaped_body_goes_on_from_where_it_is() -> None:
    play = _played(stage(one_moving_ball, _add(1, _SMALLER)), read=False)
    assert _at(play) == 32.0


def test_a_body_that_is_taken_away_leaves_its_last_place() -> None:
    play = given(stage(one_moving_ball, _remove(1, Body)), players=["ann"], interval=1000)
    play.passes(100)
    play.orders("ann", Do())
    assert _at(play) == 16.0


def test_a_body_changed_and_despawned_by_one_command_is_gone() -> None:
    def act(world: World) -> None:
        world.add(1, Velocity(5.0, 5.0))
        world.add(1, Position(5.0, 5.0))
        world.despawn(1)

    play = given(stage(one_moving_ball, act), players=["ann"])
    assert play.orders("ann", Do()).applied
    assert not play.world.exists(1)
    play.passes(60)
    assert_replays(play)


@pytest.mark.parametrize("kind", [Position, Velocity, Rotation])
def test_a_body_keeps_the_columns_that_every_body_has(kind: type[AnyComponent]) -> None:
    def two(world: World) -> None:
        world.spawn(ball(dx=10.0))
        world.spawn(ball(x=50.0, dx=10.0))

    play = given(stage(two, _remove(1, kind)), players=["ann"])
    play.passes(10)
    play.orders("ann", Do())
    play.passes(90)
    assert play.life == "running"
    assert play.world.has(1, kind)
    assert _at(play, 2) == 66.0
    assert_replays(play)


@pytest.mark.parametrize("kind", [Position, Velocity])
def test_bodies_keep_their_rows_when_a_thing_without_body_loses_a_column(
    kind: type[AnyComponent],
) -> None:
    def mixed(world: World) -> None:
        world.spawn(Position(-9.0, -9.0), Velocity(1.0, 0.0))
        world.spawn(ball(dx=10.0))
        world.spawn(Position(-5.0, -5.0), Velocity(2.0, 0.0))

    play = given(stage(mixed, _remove(1, kind)), players=["ann"], interval=1000)
    play.passes(50)
    play.orders("ann", Do())
    play.passes(50)
    assert _at(play, 2) == 16.0
    assert _at(play, 3) == -1.8
    if kind is Velocity:
        assert _at(play, 1) == -8.2


def test_things_without_a_body_drift() -> None:
    def loose(world: World) -> None:
        world.spawn(Position(0.0, 0.0), Velocity(10.0, 0.0))

    play = given(stage(loose), players=["ann"])
    play.passes(100)
    assert _at(play) == 16.0


def test_a_reshaped_body_keeps_its_joints() -> None:
    def tied(world: World) -> None:
        world.spawn(ball())
        world.spawn(ball(x=10.0))
        world.spawn(Joint(a=1, b=2, kind=Pin(distance=10.0)))

    play = given(stage(tied, _add(1, _SMALLER)), players=["ann"])
    play.orders("ann", Do())
    assert play.world.has(3, Joint), "a joint goes when either of its bodies goes, not before"


def test_a_joint_goes_with_its_body_and_its_entity_stays() -> None:
    def tied(world: World) -> None:
        world.spawn(ball())
        world.spawn(ball(x=10.0))
        world.spawn(Joint(a=1, b=2, kind=Pin(distance=10.0)), tags=("rope",))

    play = given(stage(tied, lambda world: world.despawn(2)), players=["ann"])
    play.orders("ann", Do())
    assert not play.world.has(3, Joint)
    assert play.world.tagged("rope") == [3]
    play.passes(60)
    assert_replays(play)


def test_a_motor_between_bodies_that_cannot_turn_never_enters_the_state() -> None:
    def locked(world: World) -> None:
        world.spawn(Body(shapes=(box(4.0, 4.0),)), Position(0, 0))
        world.spawn(Body(shapes=(box(4.0, 4.0),)), Position(9, 0))
        world.spawn(Joint(a=1, b=2, kind=Motor(rate=1.0)))

    play = given(stage(locked), players=["ann"])
    play.passes(60)
    assert not play.world.has(3, Joint)
    assert play.life == "running"


def test_a_static_body_that_is_moved_is_hit_where_it_is() -> None:
    def scene(world: World) -> None:
        wall = Segment(x1=0.0, y1=-20.0, x2=0.0, y2=20.0, radius=1.0)
        world.spawn(Body(kind="static", shapes=(wall,)), Position(500, 0))
        world.spawn(ball(dx=50.0))

    moved = stage(scene, lambda world: world.write(1, Position(30.0, 0.0)))
    play = given(moved, players=["ann"], interval=1000)
    play.passes(5)
    play.orders("ann", Do())
    play.passes(100)
    assert 20.0 < _at(play, 2) < 29.0


def test_a_system_may_remove_and_give_back_a_body_in_one_go() -> None:
    def act(world: World) -> None:
        world.remove(1, Body)
        world.add(1, _SMALLER)

    play = _played(stage(one_moving_ball, act), read=False)
    assert _at(play) == 32.0


_ODD = {
    "negative friction": "Body(shapes=(Circle(radius=1.0, friction=-1.0),))",
    "negative elasticity": "Body(shapes=(Circle(radius=1.0, elasticity=-1.0),))",
    "negative radius": "Body(shapes=(Circle(radius=-1.0),))",
    "no corners": "Body(shapes=(Polygon(corners=()),))",
    "one corner": "Body(shapes=(Polygon(corners=((1.0, 1.0),)),))",
    "corners in a line": "Body(shapes=(Polygon(corners=((0.0, 0.0), (1.0, 1.0), (2.0, 2.0))),))",
    "a point as segment": "Body(shapes=(Segment(x1=1.0, y1=1.0, x2=1.0, y2=1.0),))",
    "wide category": "Body(shapes=(Circle(radius=1.0, category=2**40),))",
    "negative group": "Body(shapes=(Circle(radius=1.0, group=-1),))",
    "huge mass": "Body(shapes=(Circle(radius=1.0),), mass=1e308)",
    "tiny mass": "Body(shapes=(Circle(radius=1.0),), mass=5e-324)",
    "negative force of a joint": "Joint(a=1, b=2, kind=Pin(distance=1.0, max_force=-1.0))",
    "negative distance": "Joint(a=1, b=2, kind=Pin(distance=-1.0))",
    "least above most": "Joint(a=1, b=2, kind=Slide(least=9.0, most=1.0))",
    "a groove of no length": "Joint(a=1, b=2, kind=Groove(groove_a=(1., 1.), groove_b=(1., 1.)))",
    "a ratio of nothing": "Joint(a=1, b=2, kind=Gear(phase=0.0, ratio=0.0))",
    "a ratchet of nothing": "Joint(a=1, b=2, kind=Ratchet(phase=0.0, ratchet=0.0))",
    "a joint to itself": "Joint(a=1, b=1, kind=Pin(distance=1.0))",
    "a joint to nobody": "Joint(a=1, b=99, kind=Pin(distance=1.0))",
}

_ODD_PROGRAM = """
from lqe.ecs import Position
from lqe.physics import *
from tests.domain.test_bodies import Do, ball, stage
from tests.steps import given, present_state

def two(world):
    world.spawn(ball())
    world.spawn(ball(x=3.0))

play = given(stage(two, lambda world: world.spawn({odd}, Position(1.0, 1.0))), players=["ann"])
before = play.state("players")
outcome = play.orders("ann", Do())
assert outcome.applied or play.state("players") == before, "refused, and yet changed"
play.passes(200)
present_state(play.fold)
print("ok", outcome.code, play.life)
"""


@pytest.mark.parametrize("odd", _ODD.values(), ids=_ODD.keys())
def test_odd_parameters_neither_kill_the_process_nor_stop_the_fold(odd: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _ODD_PROGRAM.format(odd=odd)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    assert done.returncode == 0, f"exit {done.returncode}: {done.stderr[-600:]}"
    assert done.stdout.startswith("ok")


def test_bodies_that_fly_off_to_infinity_halt_the_world_and_nothing_worse() -> None:
    def fast(world: World) -> None:
        for number in range(6):
            world.spawn(ball(x=number * 1.5, dx=1e308))

    play = given(stage(fast), players=["ann"])
    play.passes(200)
    assert play.life == "halted"
    assert_replays(play)
