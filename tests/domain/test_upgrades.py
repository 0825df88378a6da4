"""A world's code may change in the middle, and each range replays with the code it ran with."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from lqe.ecs import AnyComponent, Component, Position, Velocity
from lqe.errors import Quarantine
from lqe.events import ScenarioUpgradedV1
from lqe.physics import Body, Circle
from lqe.scenario import Command, Rules, Scenario, SpaceRules, World
from tests.steps import Document, Play, assert_replays, given


class Purse(Component):
    """Money, as the first version calls it."""

    gold: float = 0.0


class Account(Component):
    """Money, as the second version calls it, with a field more."""

    gold: float = 0.0
    currency: str = "EUR"


class Pay(Command, frozen=True):
    """Give everybody money."""

    amount: float


def first(kind: type[AnyComponent] = Purse, *, gain: float = 1.0, title: str = "first") -> Scenario:
    """Return a version that keeps money in `kind`, and adds `gain` to everybody's at each tick."""
    game = Scenario(
        title,
        components=(kind,),
        rules=Rules(space=SpaceRules(gravity=(0.0, -10.0), contacts=True)),
    )

    @game.opening
    def open_world(world: World) -> None:
        world.spawn(kind(), Position(1, 1), Velocity(1, 0))
        world.spawn(kind(), Body(shapes=(Circle(radius=1.0),)), Position(9, 9))

    @game.command(Pay)
    def pay(world: World, player: str, order: Pay) -> None:
        for _, money in world.query(kind):
            money.gold += order.amount

    @game.system(every=10)
    def earn(world: World) -> None:
        for _, money in world.query(kind):
            money.gold += gain

    return game


def second(*, gain: float = 100.0) -> Scenario:
    """Return the version that calls a purse an account."""
    game = first(Account, gain=gain, title="second")

    @game.migrate
    def migrate(state: Document, from_digest: str) -> Document:
        rows = state["entities"]["components"].pop("purse")
        accounts = [[entity, {**purse, "currency": from_digest}] for entity, purse in rows]
        state["entities"]["components"]["account"] = accounts
        return state

    return game


def spoiled(how: str) -> Scenario:
    """Return a version whose `migrate` goes wrong."""
    game = first(gain=1000.0, title="spoiled")

    @game.migrate
    def migrate(state: Document, from_digest: str) -> Document:
        components: dict[str, Any] = state["entities"]["components"]
        if how == "raises":
            raise KeyError(from_digest)
        if how == "nothing":
            return None  # type: ignore[return-value]
        if how == "text":
            components["purse"][0][1]["gold"] = "a lot"
        if how == "nan object":
            components["purse"][0][1]["gold"] = float("nan")
        if how == "nan column":
            components["position"]["x"] = np.array([np.nan, 0.0]).tobytes()
        if how == "short column":
            components["position"]["x"] = b""
        if how == "unordered":
            components["purse"].reverse()
        return state

    return game


def doubling() -> Scenario:
    """Return a version whose `migrate` doubles what everybody has, whoever had it before."""
    game = first()

    @game.migrate
    def migrate(state: Document, from_digest: str) -> Document:
        for _, purse in state["entities"]["components"]["purse"]:
            purse["gold"] *= 2
        return state

    return game


def _gold(play: Play, kind: type[Any] = Purse) -> list[float]:
    return [money.gold for _, money in play.world.query(kind)]


def test_an_upgrade_takes_effect_at_the_next_keyframe() -> None:
    play = given(first(), second(), players=["ann"])
    play.passes(20)
    play.upgrades("b")
    assert play.fold.digest_of_scenario == "a"
    assert play.orders("ann", Pay(5.0)).applied
    play.passes(29)
    assert _gold(play) == [9.0, 9.0]
    play.passes(1)
    assert play.fold.digest_of_scenario == "b"
    assert _gold(play, Account) == [10.0, 10.0]
    assert play.world.get(1, Account).currency == "a"
    play.passes(10)
    assert _gold(play, Account) == [110.0, 110.0]
    (upgraded,) = play.named("scenario_upgraded")
    assert upgraded.tick == 50
    assert upgraded.data == {"from": "a", "to": "b", "clock_hz": 4.0}
    assert [k.header.scenario for k in play.keyframes] == ["a", "b"]


def test_a_log_with_upgrades_replays_with_the_code_of_each_range() -> None:
    play = given(first(), second(), players=["ann"], interval=20)
    play.orders("ann", Pay(1.0))
    play.passes(30)
    play.upgrades("b")
    play.orders("ann", Pay(1.0))
    play.passes(70)
    play.orders("ann", Pay(1.0))
    play.passes(5)
    assert_replays(play)
    assert {k.header.scenario for k in play.keyframes} == {"a", "b"}


def test_of_two_upgrades_before_a_keyframe_the_later_one_counts() -> None:
    play = given(first(), second(), first(gain=7.0), players=["ann"])
    play.upgrades("b")
    play.upgrades("c")
    play.passes(60)
    assert play.fold.digest_of_scenario == "c"
    assert_replays(play)


def test_an_upgrade_is_taken_back_by_the_code_in_force_and_nothing_is_migrated() -> None:
    play = given(doubling(), first(), players=["ann"])
    play.upgrades("b")
    play.upgrades("a")
    play.passes(60)
    assert play.fold.digest_of_scenario == "a"
    assert _gold(play) == [6.0, 6.0], "as much as it earned"
    assert not play.named("scenario_upgraded")
    assert_replays(play)


def test_in_logs_of_before_the_code_in_force_migrates_its_own_state() -> None:
    play = given(doubling(), first(), players=["ann"])
    play.record(ScenarioUpgradedV1(tick=play.tick, scenario="a"))
    play.passes(60)
    assert _gold(play) == [11.0, 11.0], "doubled at tick 50"
    assert len(play.named("scenario_upgraded")) == 1
    assert_replays(play)


def test_a_halted_world_is_not_repaired_by_the_code_that_failed() -> None:
    play = given(_failing(at=30), players=["ann"])
    play.passes(40)
    play.upgrades("a")
    play.passes(20)
    assert play.life == "halted"
    assert_replays(play)


def test_an_upgrade_at_the_tick_of_a_keyframe_waits_for_the_next_one() -> None:
    play = given(first(), second(), players=["ann"])
    play.passes(50)
    play.upgrades("b")
    play.passes(49)
    assert play.fold.digest_of_scenario == "a"
    play.passes(1)
    assert play.fold.digest_of_scenario == "b"
    assert_replays(play)


@pytest.mark.parametrize(
    "how", ["raises", "nothing", "text", "nan object", "nan column", "short column"]
)
@pytest.mark.parametrize("halted", [False, True], ids=["running", "halted"])
def test_a_migrate_that_goes_wrong_leaves_the_old_code_in_force(how: str, *, halted: bool) -> None:
    play = given(_failing(at=30) if halted else first(), spoiled(how), players=["ann"])
    play.passes(40)
    assert play.life == ("halted" if halted else "running")
    before = _gold(play)
    play.upgrades("b")
    play.passes(10)
    assert play.fold.digest_of_scenario == "a"
    (refused,) = play.named("upgrade_refused")
    assert refused.data["to"] == "b"
    assert not play.named("scenario_upgraded")
    assert play.life == ("halted" if halted else "running")
    assert _gold(play) == [gold + (0.0 if halted else 1.0) for gold in before]
    play.passes(60)
    assert_replays(play)


def _failing(at: int) -> Scenario:
    game = first()

    @game.system()
    def fail(world: World) -> None:
        if world.tick >= at:
            raise RuntimeError

    return game


def test_rows_that_migrate_returns_in_another_order_are_iterated_by_id_all_the_same() -> None:
    play = given(first(), spoiled("unordered"), players=["ann"])
    play.upgrades("b")
    play.passes(60)
    assert [entity for entity, _ in play.world.query(Purse)] == [1, 2]
    assert_replays(play)


def test_components_that_the_new_code_does_not_know_are_not_dropped_silently() -> None:
    play = given(first(), first(Account), players=["ann"])
    play.upgrades("b")
    play.passes(60)
    assert play.fold.digest_of_scenario == "a"
    assert play.named("upgrade_refused")
    assert_replays(play)


def test_a_refused_upgrade_to_the_same_code_does_not_wake_a_halted_world() -> None:
    game = _failing(at=30)

    @game.migrate
    def migrate(state: Document, from_digest: str) -> Document:
        raise ValueError(from_digest)

    play = given(game, players=["ann"])
    play.passes(40)
    play.record(ScenarioUpgradedV1(tick=play.tick, scenario="a"))
    assert play.named("upgrade_refused")
    assert play.life == "halted"


def test_an_upgrade_that_was_pending_when_the_world_halted_repairs_it_at_the_keyframe() -> None:
    play = given(_failing(at=30), second(), players=["ann"])
    play.passes(20)
    play.upgrades("b")
    play.passes(20)
    assert play.life == "halted"
    play.passes(20)
    assert play.life == "running"
    assert play.fold.digest_of_scenario == "b"
    assert_replays(play)


def test_code_that_nobody_has_is_quarantine() -> None:
    def code(digest: str) -> Scenario:
        if digest != "a":
            raise Quarantine(f"no {digest}")
        return first()

    play = given(first(), players=["ann"])
    play.fold._code = code
    play.upgrades("b")
    with pytest.raises(Quarantine):
        play.passes(60)


def test_resting_contacts_survive_an_upgrade() -> None:
    def resting(gain: float) -> Scenario:
        game = first(gain=gain)

        @game.joined
        def join(world: World, player: str) -> None:
            world.spawn(Body(kind="static", shapes=(Circle(radius=5.0),)), Position(9, -20))
            for entity, _ in list(world.query(Body)):
                world.tag(entity, "body")

        return game

    play = given(resting(1.0), resting(2.0), players=["ann"])
    play.passes(480)
    assert len(play.world.contacts) == 1
    impulses = play.state()["impulses"]
    assert impulses["amounts"]
    play.upgrades("b")
    play.passes(20)
    assert play.fold.digest_of_scenario == "b"
    state: Document = msgspec.msgpack.decode(play.keyframes[-1].state)
    assert state["impulses"]["amounts"], "impulses are not lost where the code changes"
