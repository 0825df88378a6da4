"""What enters a world's state is of its declared type, finite, plain, and nobody else's."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from lqe.ecs import AnyComponent, Component, Position
from lqe.ecs.objects import ObjectStore
from lqe.errors import NotFinite, ScenarioError
from lqe.fold import Fold
from lqe.physics import Circle, Joint, Pin, Pivot, Polygon
from lqe.scenario import Command, Scenario, World
from tests.steps import assert_replays, given


class Part(msgspec.Struct, frozen=True):
    """A frozen struct in a component."""

    size: float
    at: tuple[float, float] = (0.0, 0.0)


class Box(Component):
    """A bit of everything."""

    weight: float = 0.0
    parts: list[Part] = msgspec.field(default_factory=list)
    labels: dict[str, float] = msgspec.field(default_factory=dict)
    maybe: float | None = None
    anything: Any = None


class Leaf(msgspec.Struct):
    """A struct that holds its own kind."""

    value: float = 0.0
    children: list[Leaf] = msgspec.field(default_factory=list)


class Tree(Component):
    """A component that holds a tree."""

    root: Leaf


def admitted(value: AnyComponent) -> Any:
    """Return a component as it enters the state."""
    return ObjectStore(type(value)).admit(value)


def _sign(value: float) -> float:
    return math.copysign(1.0, value)


def test_a_whole_number_for_a_float_becomes_a_float() -> None:
    play = given(_one(Position(x=0, y=3)))
    at = play.world.get(1, Position)
    assert [type(at.x), type(at.y)] == [float, float]
    box = admitted(Box(weight=3, parts=[Part(size=2, at=(1, 2))], labels={"a": 1}))
    assert [type(v) for v in (box.weight, box.parts[0].size, box.parts[0].at[0])] == [float] * 3
    assert type(box.labels["a"]) is float


def _one(*parts: AnyComponent) -> Scenario:
    game = Scenario("one", components=(Box,))

    @game.opening
    def open_world(world: World) -> None:
        world.spawn(*parts)

    return game


def test_zero_has_no_sign_wherever_it_hides() -> None:
    box = admitted(
        Box(
            weight=-0.0,
            parts=[Part(size=-0.0, at=(-0.0, 1.0))],
            labels={"a": -0.0},
            maybe=-0.0,
            anything=[{"deep": (-0.0, [-0.0])}],
        )
    )
    found = [box.weight, box.parts[0].size, box.parts[0].at[0], box.labels["a"], box.maybe]
    found += [box.anything[0]["deep"][0], box.anything[0]["deep"][1][0]]
    assert [_sign(v) for v in found] == [1.0] * len(found)
    play = given(_one(Position(-0.0, -0.0)))
    assert _sign(play.world.get(1, Position).x) == 1.0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_refused_wherever_it_hides(value: float) -> None:
    for box in (
        Box(weight=value),
        Box(parts=[Part(size=1.0), Part(size=value)]),
        Box(parts=[Part(size=1.0, at=(0.0, value))]),
        Box(labels={"a": value}),
        Box(maybe=value),
        Box(anything={"deep": [value]}),
    ):
        with pytest.raises(NotFinite):
            admitted(box)
    parts: list[Callable[[], object]] = [
        lambda: Circle(radius=value),
        lambda: Polygon(corners=((0.0, 0.0), (1.0, value), (1.0, 1.0))),
        lambda: Pin(distance=value),
    ]
    for part in parts:
        with pytest.raises(ValueError, match="must be from"):
            part()
    with pytest.raises(NotFinite):
        admitted(Joint(a=1, b=2, kind=Pivot(anchor_a=(value, 0.0))))


@pytest.mark.parametrize(
    "annotation", [set[int], frozenset[str], list[set[int]], set[int] | None], ids=str
)
def test_sets_are_refused_when_the_component_is_declared(annotation: Any) -> None:
    kind = type("Bag", (Component,), {"__annotations__": {"things": annotation}})
    with pytest.raises(ScenarioError, match="set"):
        given(Scenario("bags", components=(kind,)))


@pytest.mark.parametrize(
    "annotation", [dict[int, str], dict[tuple[int, int], int], dict[Any, int]], ids=str
)
def test_keys_of_dictionaries_are_text(annotation: Any) -> None:
    kind = type("Table", (Component,), {"__annotations__": {"rows": annotation}})
    with pytest.raises(ScenarioError, match="keys are not str"):
        given(Scenario("tables", components=(kind,)))


def test_values_of_another_type_are_refused() -> None:
    for wrong in (Box(weight="1"), Box(parts=[1]), Box(labels={"a": None})):  # type: ignore[arg-type, list-item, dict-item]
        with pytest.raises(msgspec.ValidationError):
            admitted(wrong)


def test_a_component_may_hold_a_tree() -> None:
    game = Scenario("trees", components=(Tree,))

    @game.opening
    def open_world(world: World) -> None:
        world.spawn(Tree(Leaf(-0.0, [Leaf(1), Leaf(2, [Leaf(3)])])))

    play = given(game, players=["ann"])
    play.passes(60)
    root = play.world.get(1, Tree).root
    assert type(root.children[1].children[0].value) is float
    assert _sign(root.value) == 1.0
    assert_replays(play)


def test_what_is_spawned_is_no_longer_the_authors() -> None:
    mine = Box(parts=[Part(size=1.0)])
    game = Scenario("mine", components=(Box,))

    @game.opening
    def open_world(world: World) -> None:
        world.spawn(mine)
        world.spawn(mine)
        mine.parts.append(Part(size=2.0))

    play = given(game, players=["ann"])
    boxes = [box for _, box in play.world.query(Box)]
    assert [len(b.parts) for b in boxes] == [1, 1]
    assert boxes[0] is not boxes[1]
    assert boxes[0].parts is not boxes[1].parts


def test_aliasing_between_entities_is_cut_at_the_same_tick_in_every_run() -> None:
    game = Scenario("alias", components=(Box,))

    @game.opening
    def open_world(world: World) -> None:
        world.spawn(Box())
        world.spawn(Box())

    @game.system()
    def share(world: World) -> None:
        first, second = (box for _, box in world.query(Box))
        if world.tick == 45:
            second.labels = first.labels
        if world.tick in (48, 55):
            first.labels[str(world.tick)] = 1.0

    play = given(game, players=["ann"])
    play.passes(49)
    assert play.world.get(2, Box).labels == {"48": 1.0}, "shared until the keyframe"
    play.passes(60)
    assert play.world.get(1, Box).labels == {"48": 1.0, "55": 1.0}
    assert play.world.get(2, Box).labels == {"48": 1.0}, "and no longer"
    assert_replays(play)


class Keep(Command, frozen=True):
    """Keep what was read."""


def test_what_a_handler_keeps_is_no_longer_the_worlds() -> None:
    kept: list[Box] = []
    game = Scenario("keep", components=(Box,))

    @game.opening
    def open_world(world: World) -> None:
        world.spawn(Box())

    @game.command(Keep)
    def keep(world: World, player: str, order: Keep) -> None:
        box = world.get(1, Box)
        box.parts.append(Part(size=1.0))
        kept.append(box)

    play = given(game, players=["ann"])
    assert play.orders("ann", Keep()).applied
    kept[0].parts.append(Part(size=2.0))
    assert len(play.world.get(1, Box).parts) == 1


def test_a_float_in_a_system_becomes_plain_at_the_keyframe_in_every_run() -> None:
    game = Scenario("plain", components=(Box,))

    @game.opening
    def open_world(world: World) -> None:
        world.spawn(Box())

    @game.system(every=7)
    def work(world: World) -> None:
        box = world.get(1, Box)
        box.weight = 0 - box.weight * 1
        box.anything = (world.tick, {"b": -0.0, "a": 1})

    play = given(game, players=["ann"])
    play.passes(170)
    assert_replays(play)
    cold = Fold.restore(play.keyframes[-1], play.code)
    warm_box = play.keyframes[-1].plain()["entities"]["components"]["box"]
    cold_box = World(cold.core).get(1, Box)
    assert type(cold_box.weight) is float
    assert warm_box[0][1]["anything"][1] == {"a": 1, "b": 0.0}
