"""Looking changes nothing: what overlaps is what the components say, whoever has asked before."""

from __future__ import annotations

from hypothesis import given as holds
from hypothesis import settings
from hypothesis import strategies as st

from lqe.ecs import Component, Position
from lqe.physics import Body, Circle, Rotation, Segment, box
from lqe.scenario import Command, Refused, Rules, Scenario, SpaceRules, World
from tests.steps import Play, given

MOST = 12


class Found(Component):
    """Whom a command found inside."""

    who: list[int] = []


class Put(Command, frozen=True):
    """Put an entity somewhere, turned."""

    entity: int
    x: float
    angle: float = 0.0


class Ask(Command, frozen=True):
    """Note who is inside an entity."""

    entity: int


class Peek(Command, frozen=True):
    """Look who is inside, and be refused."""


class Drop(Command, frozen=True):
    """Take an entity out."""

    entity: int


def zones() -> Scenario:
    """Return a row of things of every shape and kind, which commands and a system move."""
    space = SpaceRules(gravity=(0.0, -30.0))
    game = Scenario("zones", components=(Found,), rules=Rules(space=space))

    @game.opening
    def open_world(world: World) -> None:
        world.spawn(Found())
        forms = (
            Circle(radius=3.0, sensor=True),
            box(5.0, 2.0),
            Segment(x1=-4.0, y1=0.0, x2=4.0, y2=0.0, radius=0.5),
            Circle(radius=2.0, group=7),
            Circle(radius=2.0, group=7),
            box(3.0, 3.0, radius=0.5),
        )
        for number, form in enumerate(forms * 2):
            kind = ("dynamic", "static", "kinematic")[number % 3]
            body = Body(kind=kind, shapes=(form,), moment=5.0)  # type: ignore[arg-type]
            world.spawn(body, Position(number * 2.0, 0.0))

    @game.system(every=5)
    def shove(world: World) -> None:
        """Write rows that no body has yet, and ask."""
        (places,) = world.columns(Position, writes=(Position,))
        places.x[:] = places.x + 1.5
        for entity, found in world.query(Found):
            found.who = [e for e, _ in world.query(Body) if world.inside(e)] + [entity]

    @game.command(Put)
    def put(world: World, player: str, order: Put) -> None:
        if not world.has(order.entity, Body):
            raise Refused("nobody", "there is no such thing")
        world.write(order.entity, Position(order.x, 0.0))
        world.write(order.entity, Rotation(order.angle, 0.0))

    @game.command(Ask)
    def ask(world: World, player: str, order: Ask) -> None:
        for entity, found in world.query(Found):
            found.who = [*world.inside(order.entity), entity]

    @game.command(Peek)
    def peek(world: World, player: str, order: Peek) -> None:
        look(world)
        raise Refused("no", "only a look")

    @game.command(Drop)
    def drop(world: World, player: str, order: Drop) -> None:
        if world.exists(order.entity) and world.has(order.entity, Body):
            world.despawn(order.entity)

    return game


def look(world: World) -> dict[int, list[int]]:
    """Ask of everything what is inside it."""
    return {entity: world.inside(entity) for entity, _ in world.query(Body)}


def steps() -> st.SearchStrategy[list[Command | int]]:
    """Return orders, and numbers of ticks between them."""
    entity = st.integers(2, MOST + 1)
    place, angle = st.floats(-5.0, 30.0), st.floats(-3.0, 3.0)
    step = st.one_of(
        st.builds(Put, entity=entity, x=place, angle=angle),
        st.builds(Put, entity=entity, x=place, angle=angle),
        st.builds(Ask, entity=entity),
        st.builds(Drop, entity=entity),
        st.integers(1, 7),
    )
    return st.lists(step, max_size=25)


def take(play: Play, step: Command | int) -> None:
    if isinstance(step, int):
        play.passes(step)
    else:
        play.orders("ann", step)


def digests(play: Play) -> list[str]:
    return [keyframe.header.digest for keyframe in play.keyframes]


@settings(max_examples=60, deadline=None)
@holds(steps())
def test_what_overlaps_is_the_same_whoever_has_looked(orders: list[Command | int]) -> None:
    alone, watched = (given(zones(), players=["ann"], interval=20) for _ in range(2))
    for step in orders:
        take(alone, step)
        take(watched, step)
        look(watched.world)
    assert watched.state("players") == alone.state("players")
    assert [k.header.digest for k in watched.keyframes] == [
        k.header.digest for k in alone.keyframes
    ]


@settings(max_examples=60, deadline=None)
@holds(steps())
def test_what_overlaps_is_what_a_space_finds_that_was_just_built(
    orders: list[Command | int],
) -> None:
    play = given(zones(), players=["ann"], interval=1_000)
    for step in orders:
        take(play, step)
        found = look(play.world)
        play.fold.core.settle()
        assert look(play.world) == found


def test_a_command_that_is_refused_leaves_nothing_of_its_look() -> None:
    plain, peeked = (given(zones(), players=["ann"]) for _ in range(2))
    for play in (plain, peeked):
        play.passes(3)
        play.orders("ann", Put(2, 21.0))
    assert not peeked.orders("ann", Peek()).applied
    for play in (plain, peeked):
        play.orders("ann", Ask(2))
        play.passes(30)
    assert peeked.state("players") == plain.state("players")


def test_groups_that_leave_each_other_alone_do_so_wherever_they_were_put() -> None:
    play = given(zones(), players=["ann"])
    play.passes(1)
    play.orders("ann", Put(5, 100.0))
    play.orders("ann", Put(6, 100.0))
    play.orders("ann", Put(2, 101.0))
    assert play.world.inside(5) == [2]
    assert play.world.inside(2) == [5, 6]


def test_segments_in_one_line_overlap_where_they_are_and_not_nearby() -> None:
    play = given(zones(), players=["ann"])
    play.orders("ann", Put(4, 25.5))
    assert 4 not in play.world.inside(10)
    assert 10 not in play.world.inside(4)
    play.orders("ann", Put(4, 24.5))
    assert 4 in play.world.inside(10)
    assert 10 in play.world.inside(4)
