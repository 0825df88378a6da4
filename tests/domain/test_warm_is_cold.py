"""A process that went on holds what one holds that started cold: state is its bytes alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from lqe.ecs import AnyComponent, Component, Fixed, Position
from lqe.errors import LimitExceeded, NotFinite, ScenarioError
from lqe.limits import Limits
from lqe.scenario import Command, Rules, Scenario, World
from tests.steps import assert_replays, given


class Box(Component):
    """A value of any type, and one of two."""

    a: Any = 1
    u: int | float = 1
    b: bool | int = 1


class Halved(Component):
    """A value that is made anew whenever it comes from bytes."""

    n: float = 64.0

    def __post_init__(self) -> None:
        self.n = self.n / 2 if self.n > 0.01 else self.n


class Counted(Fixed, frozen=True):
    """Likewise, in a component that is replaced as a whole."""

    n: int = 0

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "n", self.n + 1)


class Go(Command, frozen=True):
    """Do what the game of the test does."""


def game(*kinds: type[Any]) -> Scenario:
    return Scenario("warm", components=kinds, rules=Rules())


def spawning(make: Callable[[], AnyComponent], tag: str) -> Callable[[World], None]:
    """Return an opening with one entity, of a new component each time."""

    def opening(world: World) -> None:
        world.spawn(make(), tags=(tag,))

    return opening


def test_a_value_replaced_by_an_equal_one_of_another_type_is_replaced() -> None:
    boxes = game(Box)
    boxes.opening(spawning(Box, "box"))

    @boxes.command(Go)
    def go(world: World, player: str, order: Go) -> None:
        box = world.get(world.one("box"), Box)
        box.a, box.u, box.b = True, 1.0, True

    play = given(boxes, players=["ann"])
    play.orders("ann", Go())
    play.passes(1)
    box = play.world.get(play.world.one("box"), Box)
    assert [type(value) for value in (box.a, box.u, box.b)] == [bool, float, bool]
    assert_replays(play)


def test_what_is_read_and_not_changed_is_not_put_anew() -> None:
    boxes = game(Box)
    boxes.opening(spawning(lambda: Box(a={"x": [1, 2.5]}), "box"))

    @boxes.command(Go)
    def go(world: World, player: str, order: Go) -> None:
        world.get(world.one("box"), Box)

    play = given(boxes, players=["ann"])
    before = play.world.get(play.world.one("box"), Box)
    play.orders("ann", Go())
    assert play.world.get(play.world.one("box"), Box) is before


@pytest.mark.parametrize("kind", [Halved, Counted])
def test_what_code_makes_of_bytes_is_made_in_a_run_that_goes_on_as_well(kind: type[Any]) -> None:
    made = game(kind)
    made.opening(spawning(kind, "it"))
    play = given(made, players=["ann"], interval=10)
    play.passes(45)
    assert_replays(play)


@pytest.mark.parametrize("in_a_command", [True, False])
def test_a_spawn_that_was_refused_takes_up_no_place(*, in_a_command: bool) -> None:
    crowd = game(Box)
    crowd.opening(spawning(lambda: Box(a=0), "box"))

    def fail(world: World) -> None:
        for _ in range(3):
            with pytest.raises(NotFinite):
                world.spawn(Position(float("inf"), 0.0))

    @crowd.command(Go)
    def go(world: World, player: str, order: Go) -> None:
        fail(world)

    @crowd.system()
    def fill(world: World) -> None:
        if world.tick == 5 and not in_a_command:
            fail(world)
        if world.tick == 15:
            box = world.get(world.one("box"), Box)
            try:
                while True:
                    world.spawn(Position())
                    box.a += 1
            except LimitExceeded:
                pass

    play = given(crowd, players=["ann"], interval=10, limits=Limits(max_entities=10))
    play.passes(5)
    if in_a_command:
        play.orders("ann", Go())
    play.passes(40)
    assert play.world.get(play.world.one("box"), Box).a == 9
    assert_replays(play)


def test_bytes_that_nobody_checks_are_no_part_of_a_component() -> None:
    class Blob(Component):
        raw: list[msgspec.Raw] = []

    with pytest.raises(ScenarioError, match=r"Blob\.raw is msgspec\.Raw"):
        given(game(Blob))
