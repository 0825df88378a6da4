"""Entities, components, tags and queries: in id order whatever happened before."""

from __future__ import annotations

import random
from typing import Any

import pytest

from lqe.ecs import AnyComponent, Component, Entities, Entity, Position, Velocity, component_name
from lqe.ecs.changes import Change
from lqe.errors import LimitExceeded, NoSuchEntity, ScenarioError
from lqe.fold import Fold
from lqe.physics import Body, Force, Joint, Rotation
from lqe.scenario import Scenario, World
from tests.scenarios import Score, Wallet
from tests.steps import given


class HTTPDoor(Component):
    """A name with capitals in a row."""


class Wallet2(Component):
    """A name with a digit."""


def entities(most: int = 1000) -> Entities:
    """Return an empty world of the toy components."""
    kinds = (Position, Velocity, Rotation, Force, Body, Joint, Wallet, Score)
    return Entities(kinds, most=most)


def spawn(world: Entities, *components: AnyComponent, tags: tuple[str, ...] = ()) -> int:
    """Spawn at once."""
    entity = world.reserve()
    admitted = [world.admit(c, entity) for c in components]
    world.pending.append(Change(entity=entity, spawned=True, components=admitted, tagged=tags))
    return entity


def test_names_of_components_are_their_types_in_snake_case() -> None:
    assert component_name(Position) == "position"
    assert component_name(Wallet2) == "wallet2"
    assert component_name(type("PlayerHand", (Component,), {})) == "player_hand"


def test_two_types_of_one_name_are_refused() -> None:
    other = type("Wallet", (Component,), {})
    with pytest.raises(ScenarioError, match="wallet"):
        Entities((Wallet, other), most=1)


def test_structural_changes_wait_until_they_are_flushed_and_keep_their_order() -> None:
    world = entities()
    entity = spawn(world, Wallet(cash=1.0))
    assert list(world.query(Wallet)) == []
    world.flush()
    world.pending += [
        Change(entity=entity, components=(Wallet(cash=2.0),)),
        Change(entity=entity, removed=(Wallet,)),
        Change(entity=entity, components=(Wallet(cash=3.0),)),
        Change(entity=entity, tagged=("a",)),
        Change(entity=entity, untagged=("a",)),
    ]
    world.flush()
    assert [(e, w.cash) for e, w in world.query(Wallet)] == [(entity, 3.0)]
    assert world.with_tag("a") == []


@pytest.mark.parametrize("kind", [Wallet, Score])
def test_added_removed_and_despawned_in_one_flush_is_what_came_last(kind: type[Any]) -> None:
    world = entities()
    first, second = spawn(world, kind()), spawn(world, kind())
    world.flush()
    world.pending += [
        Change(entity=first, components=(kind(),)),
        Change(entity=first, despawned=True),
        Change(entity=first, components=(kind(),), tagged=("ghost",)),
        Change(entity=second, removed=(kind,)),
    ]
    world.flush()
    assert list(world.query(kind)) == []
    assert list(world.alive) == [second]
    assert world.with_tag("ghost") == []


def test_an_id_is_never_used_twice() -> None:
    world = entities()
    ids = []
    for _ in range(20):
        ids.append(spawn(world, Position()))
        world.flush()
        world.pending.append(Change(entity=ids[-1], despawned=True))
        world.flush()
    assert ids == list(range(1, 21))


def test_queries_are_in_id_order_before_and_after_a_restore() -> None:
    chance = random.Random(5)
    world = entities()
    for _ in range(60):
        spawn(world, Position(), tags=("odd",) if chance.random() < 0.5 else ())
    world.flush()
    everybody = list(range(1, 61))
    for entity in chance.sample(everybody, 40):
        world.pending.append(Change(entity=entity, components=(Wallet(), Score())))
        world.flush()
    for entity in chance.sample(everybody, 20):
        world.pending.append(Change(entity=entity, removed=(Wallet,)))
    for entity in chance.sample(everybody, 9):
        world.pending.append(Change(entity=entity, despawned=True))
    for entity in chance.sample(everybody, 20):
        world.pending.append(Change(entity=entity, tagged=("odd",)))
    world.flush()
    again = entities()
    again.load(world.dump())
    shapes: list[tuple[tuple[type[AnyComponent], ...], str | None]] = [
        ((Wallet,), None),
        ((Wallet, Score), None),
        ((Score,), "odd"),
        ((Wallet, Position), "odd"),
        ((), "odd"),
        ((), None),
    ]
    for kinds, tag in shapes:
        warm = [row[0] for row in world.query(*kinds, tag=tag)]
        cold = [row[0] for row in again.query(*kinds, tag=tag)]
        assert warm == sorted(warm)
        assert warm
        assert warm == cold
    assert again.dump() == world.dump()


@pytest.mark.parametrize("tag", [None, "", "x"])
@pytest.mark.parametrize("kinds", [(), (Wallet,), (Score,), (Wallet, Score)])
def test_a_query_sees_what_has_changed_since_it_was_asked_last(
    kinds: tuple[type[AnyComponent], ...], tag: str | None
) -> None:
    world = entities()

    def found() -> list[int]:
        return [row[0] for row in world.query(*kinds, tag=tag)]

    tags = () if tag is None else (tag,)
    one = spawn(world, Wallet(), Score(), tags=tags)
    world.flush()
    assert found() == [one]
    two = spawn(world, Wallet(), Score(), tags=tags)
    world.flush()
    assert found() == [one, two]
    world.pending.append(Change(entity=one, despawned=True))
    world.flush()
    assert found() == [two]
    if tag is not None:
        world.pending.append(Change(entity=two, untagged=(tag,)))
        world.flush()
        assert found() == []


def test_a_query_that_runs_while_its_system_spawns_does_not_see_the_new_ones() -> None:
    game = Scenario("growing", components=(Wallet,))

    @game.opening
    def open_world(world: World) -> None:
        world.spawn(Wallet())

    @game.system()
    def grow(world: World) -> None:
        for _ in world.query(Wallet):
            world.spawn(Wallet())

    play = given(game, players=["ann"])
    play.passes(4)
    assert len(list(play.world.query(Wallet))) == 16


def test_a_world_is_full_at_its_limit_whatever_waits_to_be_spawned() -> None:
    world = entities(most=3)
    for _ in range(3):
        spawn(world, Position())
    with pytest.raises(LimitExceeded):
        spawn(world, Position())


def test_what_is_not_there_is_named() -> None:
    world = entities()
    entity = spawn(world, Position())
    world.flush()
    with pytest.raises(NoSuchEntity, match="entity 1 has no wallet"):
        world.get(entity, Wallet)
    with pytest.raises(NoSuchEntity, match="entity 1 has no velocity"):
        world.get(entity, Velocity)
    with pytest.raises(ScenarioError, match="not declared"):
        world.get(entity, HTTPDoor)


def test_an_entity_is_a_bundle_of_named_components_and_ordered_tags() -> None:
    entity = Entity(Position(1, 2), Wallet(cash=1.0), tags=("b", "a", "b"))
    assert entity.id is None
    assert list(entity.tags) == ["b", "a"]
    entity.tags.add("c")
    entity.tags.discard("b")
    assert list(entity.tags) == ["a", "c"]
    assert len(entity.tags) == 2
    assert "b" not in entity.tags
    assert entity.component("wallet") == Wallet(cash=1.0)
    with pytest.raises(NoSuchEntity):
        entity.component("score")
    with pytest.raises(ScenarioError, match="called 'score'"):
        entity.add_component("points", Score())


def test_an_entity_gets_its_id_from_the_world_and_its_tags_are_written_sorted() -> None:
    game = Scenario("bundle", components=(Wallet,))

    @game.opening
    def open_world(world: World) -> None:
        bundle = Entity(Wallet(cash=1.0), tags=("z", "a"))
        assert world.spawn(bundle, Position(1, 1), tags=("m",)) == bundle.id == 1

    play = given(game)
    assert list(play.state()["entities"]["tags"]) == ["a", "m", "z"]
    assert play.world.one("m") == 1
    with pytest.raises(NoSuchEntity, match="there are 0"):
        play.world.one("nobody")


def test_changes_to_entities_that_are_gone_do_nothing() -> None:
    game = Scenario("ghosts", components=(Wallet, Score))

    @game.opening
    def open_world(world: World) -> None:
        world.spawn(Wallet())

    @game.system()
    def haunt(world: World) -> None:
        world.despawn(77)
        world.add(78, Body())
        world.remove(79, Score)
        world.tag(80, "ghost")
        world.untag(81, "ghost")

    play = given(game, players=["ann"])
    play.passes(60)
    assert play.life == "running"
    assert list(play.world.query()) == [(1,)]
    assert play.world.tagged("ghost") == []


def test_scheduled_calls_come_when_due_in_the_order_they_were_made_even_cold() -> None:
    game = Scenario("agenda")

    @game.joined
    def join(world: World, player: str) -> None:
        for number, ticks in enumerate([70, 60, 70, 1, 1, 60]):
            world.after(ticks, "call", {"n": number})

    @game.scheduled
    def call(world: World, data: Any) -> None:
        world.signal("called", data)

    play = given(game, players=["ann"])
    play.passes(100)
    expected = [(1, 3), (1, 4), (60, 1), (60, 5), (70, 0), (70, 2)]
    assert [(s.tick, s.data["n"]) for s in play.named("called")] == expected
    cold = Fold.restore(play.keyframes[1], play.code)
    folded = cold.fold(2, play.log[2])
    assert [(s.tick, s.data["n"]) for s in folded.signals] == expected[2:]
