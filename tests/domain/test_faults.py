"""What goes wrong in a scenario halts its world, as state; what goes wrong elsewhere does not."""

from __future__ import annotations

import math
import signal as signals
from collections.abc import Callable, Iterator

import pytest

from lqe.ecs import AnyComponent, Column, Position, Velocity
from lqe.errors import Quarantine
from lqe.fold import Fold
from lqe.fold.outcomes import Code
from lqe.limits import Limits
from lqe.physics import Body, Circle, Force
from lqe.scenario import Command, Rules, Scenario, SpaceRules, World
from lqe.signals import EVERYONE
from tests.scenarios import Drop, Earn, Fail, Sabotage, Score, Wallet, toy
from tests.steps import Play, assert_replays, given


@pytest.fixture(autouse=True)
def _bounded_time() -> Iterator[None]:
    """Fail a test that loops for ever, instead of hanging with it."""

    def stop(_number: int, _frame: object) -> None:
        pytest.fail("the fold loops for ever")

    before = signals.signal(signals.SIGALRM, stop)
    signals.alarm(10)
    yield
    signals.alarm(0)
    signals.signal(signals.SIGALRM, before)


def _sabotaged(how: str, tick: int = 30, *codes: Scenario) -> Play:
    play = given(toy(), *codes, players=["ann", "bob"])
    play.passes(10)
    play.orders("ann", Earn(5.0))
    play.orders("ann", Sabotage(how, tick))  # type: ignore[arg-type]
    play.orders("bob", Drop(3.0))
    return play


def _undisturbed(ticks: int) -> Play:
    play = _sabotaged("raise", 999_999)
    play.passes(ticks)
    return play


@pytest.mark.parametrize("how", ["raise", "half"])
def test_a_system_that_raises_halts_the_world_at_the_last_completed_tick(how: str) -> None:
    play = _sabotaged(how, 30)
    play.passes(100)
    assert play.life == "halted"
    fault = play.fold.core.fault
    assert fault is not None
    assert (fault.tick, fault.where, fault.kind) == (30, "mishap", "RuntimeError")
    expected = _undisturbed(19)
    assert play.state()["entities"] == expected.state()["entities"]
    assert play.state()["drawn"] == expected.state()["drawn"]
    assert play.state()["contacts"] == expected.state()["contacts"]
    assert play.fold.core.tick == 110, "time goes on"
    assert_replays(play)


def test_everybody_hears_once_that_the_world_is_halted() -> None:
    play = _sabotaged("half")
    play.passes(100)
    (halted,) = play.named("world_halted")
    assert (halted.tick, halted.audience) == (30, EVERYONE)
    assert halted.data == {"where": "mishap", "kind": "RuntimeError"}
    assert not play.named("half"), "what the failed tick signalled never happened"


def test_a_halted_world_refuses_commands_and_newcomers() -> None:
    play = _sabotaged("raise")
    play.passes(100)
    before = play.state("players")
    assert play.orders("bob", Earn(1.0)).code == Code.WORLD_FAULTED
    assert play.joins("cleo").code == Code.WORLD_FAULTED
    assert play.joins("ann", "again").applied
    assert play.state("players") == before
    play.passes(500)
    assert play.life == "halted"
    assert_replays(play)


def test_a_player_who_comes_back_to_a_halted_world_changes_nothing_in_it() -> None:
    play = _sabotaged("raise")
    play.passes(100)
    before = play.state("players")
    play.leaves("ann")
    play.joins("ann")
    assert play.state("players") == before


def test_signals_of_the_ticks_before_the_fault_are_kept() -> None:
    play = given(toy(), players=["ann"])
    game = Scenario("talker")

    @game.system()
    def talk(world: World) -> None:
        world.signal("tick", {"n": world.tick})
        if world.tick == 130:
            raise RuntimeError

    play = given(game, players=["ann"])
    play.passes(200)
    assert [s.data["n"] for s in play.named("tick")] == list(range(1, 130))


def test_an_upgrade_puts_a_halted_world_right_at_once() -> None:
    play = _sabotaged("raise", 30, toy(repaired=True))
    play.passes(100)
    play.upgrades("b")
    assert play.life == "running"
    assert play.fold.core.fault is None
    assert play.fold.core.tick == 110
    (upgraded,) = play.named("scenario_upgraded")
    assert upgraded.tick == 110
    assert play.orders("bob", Earn(1.0)).applied
    play.passes(100)
    assert play.life == "running"
    assert_replays(play)


@pytest.mark.parametrize("wait", [0, 1, 3, 40, 200])
def test_a_second_fault_after_a_repair_halts_the_world_again(wait: int) -> None:
    play = _sabotaged("raise", 30, toy(repaired=True), toy())
    play.passes(100)
    play.upgrades("b")
    play.passes(wait)
    play.orders("bob", Earn(7.0))
    play.upgrades("c")
    play.passes(200)
    assert play.life == "halted", "the third code has the old system, the floor its old tag"
    wallet = next(w for e, w in play.world.query(Wallet, tag="player:bob"))
    assert 17.0 <= wallet.cash < 20.0, "what happened after the repair is kept"
    play.upgrades("b")
    assert play.life == "running"
    play.passes(60)
    assert_replays(play)


def test_a_second_fault_before_the_next_keyframe_keeps_what_came_after_the_repair() -> None:
    play = _sabotaged("raise", 12, toy())
    play.passes(5)
    assert play.life == "halted"
    play.upgrades("b")
    assert play.life == "running"
    play.orders("bob", Earn(7.0))
    play.passes(5)
    assert play.life == "halted", "the code is the same, the fault comes again at once"
    wallet = next(w for e, w in play.world.query(Wallet, tag="player:bob"))
    assert wallet.cash == 17.0
    assert len(play.named("world_halted")) == 2
    play.passes(100)
    assert_replays(play)


def test_a_fault_in_a_scheduled_call_halts_the_world() -> None:
    game = Scenario("late")

    @game.joined
    def join(world: World, player: str) -> None:
        world.spawn(Position(1, 1), Velocity(10, 0))
        world.after(20, "fall")

    @game.scheduled
    def fall(world: World, data: object) -> None:
        world.spawn(Position())
        raise KeyError("gone")

    play = given(game, players=["ann"])
    play.passes(100)
    fault = play.fold.core.fault
    assert fault is not None
    assert (fault.tick, fault.where, fault.kind) == (20, "fall", "KeyError")
    assert len(list(play.world.query())) == 1
    assert_replays(play)


@pytest.mark.parametrize("how", ["nan", "text"])
def test_a_wrong_value_is_found_at_the_keyframe_and_the_world_halts_before_it_came_in(
    how: str,
) -> None:
    play = _sabotaged(how, 30)
    play.passes(25)
    assert how == "text" or play.life == "running", "nobody has looked yet"
    play.passes(40)
    assert play.life == "halted"
    fault = play.fold.core.fault
    assert fault is not None
    assert fault.tick == 30
    assert play.state()["entities"] == _undisturbed(19).state()["entities"]
    play.passes(100)
    assert_replays(play)


class Pressure(Column, frozen=True):
    """A column that physics knows nothing of."""

    bar: float = 0.0


_FIELDS: dict[type[AnyComponent], str] = {
    Position: "x",
    Velocity: "dy",
    Force: "fx",
    Pressure: "bar",
}


@pytest.mark.parametrize("kind", _FIELDS)
@pytest.mark.parametrize("tick", [30, 49, 50])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_wrong_number_written_into_columns_halts_the_world_before_it_came_in(
    kind: type[AnyComponent], tick: int, value: float
) -> None:
    game = Scenario("columns", components=(Pressure,))

    @game.opening
    def open_world(world: World) -> None:
        for number in range(3):
            body = Body(shapes=(Circle(radius=1.0),))
            at = Position(number * 50.0, 0.0)
            world.spawn(body, at, Velocity(10.0, 0.0), Force(), Pressure())

    @game.system()
    def spoil(world: World) -> None:
        if world.tick == tick:
            (rows,) = world.columns(kind, writes=(kind,))
            getattr(rows, _FIELDS[kind])[1] = value

    play = given(game, players=["ann"])
    play.passes(170)
    assert play.life == "halted"
    fault = play.fold.core.fault
    assert fault is not None
    assert fault.tick == tick
    assert round(play.world.get(1, Position).x, 6) == round((tick - 1) * 0.16, 6)
    assert_replays(play)


class Grow(Command, frozen=True):
    """Have one more of a thing."""


@pytest.mark.parametrize("by", ["command", "joined", "left"])
def test_an_event_that_finds_a_wrong_number_halts_the_world_and_is_decided_there(by: str) -> None:
    game, sound = (Scenario("columns") for _ in range(2))

    def spawn(world: World) -> None:
        world.spawn(Position(0.0, 0.0))

    for each in (game, sound):
        each.opening(spawn)
        each.joined(lambda world, _: spawn(world))
        each.left(lambda world, _: spawn(world))
        each.command(Grow)(lambda world, _, __: spawn(world))

    @game.system()
    def spoil(world: World) -> None:
        if world.tick == 30:
            (rows,) = world.columns(Position, writes=(Position,))
            rows.x[0] = math.nan

    play = given(game, sound, players=["ann"])
    play.passes(30)
    if by == "command":
        assert play.orders("ann", Grow()).code == Code.WORLD_FAULTED
    elif by == "joined":
        assert play.joins("bob").code == Code.WORLD_FAULTED
    else:
        play.leaves("ann")
    assert play.life == "halted"
    fault = play.fold.core.fault
    assert fault is not None
    assert (fault.tick, fault.where, fault.kind) == (30, "state", "NotFinite")
    play.passes(40)
    play.upgrades("b")
    play.passes(60)
    assert play.life == "running"
    assert_replays(play)


def test_events_between_a_wrong_value_and_its_discovery_replay() -> None:
    play = _sabotaged("nan", 30)
    play.passes(22)
    play.orders("bob", Earn(1.0))
    play.leaves("bob")
    play.joins("bob")
    play.passes(5)
    play.orders("bob", Drop(1.0))
    play.closes()
    play.passes(300)
    assert_replays(play)


@pytest.mark.parametrize("how", ["error", "nan"])
def test_a_command_handler_that_fails_changes_nothing(how: str) -> None:
    play = given(toy(), players=["ann"])
    play.passes(7)
    before = play.state("players")
    signals_before = len(play.signals)
    outcome = play.orders("ann", Fail(how))  # type: ignore[arg-type]
    assert outcome.code == Code.FAULTED
    assert play.state("players") == before
    assert len(play.signals) == signals_before
    assert play.fold.core.random.drawn == before["drawn"]
    assert play.fold.core.entities.next_id == before["entities"]["next_id"]
    assert not play.fold.core.entities.pending
    play.passes(100)
    assert not play.world.tagged("never")
    assert_replays(play)


class Do(Command, frozen=True):
    """Do what the test says."""


class Whole(Column, frozen=True):
    """A column of whole numbers."""

    number: int = 0


def _doing(act: Callable[[World], None]) -> Play:
    game = Scenario("doing", components=(Whole, Wallet, Score))

    @game.opening
    def open_world(world: World) -> None:
        world.spawn(Whole(), Wallet(), Position(), tags=("it",))

    @game.command(Do)
    def do(world: World, player: str, order: Do) -> None:
        world.get(1, Wallet).cash = 5.0
        act(world)

    return given(game, players=["ann"])


def _wrong_whole(world: World) -> None:
    world.write(1, Whole(2**63))


def _wrong_spawn(world: World) -> None:
    world.spawn(Whole(2**63))


def _wrong_add(world: World) -> None:
    world.add(1, Whole(-(2**63) - 1))


def _wrong_group(world: World) -> None:
    world.spawn(Body(shapes=(Circle(radius=1.0, category=2**32),)))


def _wrong_ids(world: World) -> None:
    (rows,) = world.columns(Position)
    rows.ids[0] = 99


def _wrong_column(world: World) -> None:
    (rows,) = world.columns(Position)
    rows.x[0] = 99.0


def _wrong_exit(world: World) -> None:
    raise SystemExit(3)


def _wrong_ticks(world: World) -> None:
    world.after(2.5, "later")  # type: ignore[arg-type]


def _wrong_data(world: World) -> None:
    world.after(5, "later", {"x": math.nan})


@pytest.mark.parametrize(
    "act",
    [
        _wrong_whole, _wrong_spawn, _wrong_add, _wrong_group, _wrong_ids, _wrong_column,
        _wrong_exit, _wrong_ticks, _wrong_data,
    ],
)  # fmt: skip
def test_a_handler_that_asks_for_the_impossible_is_faulted_and_changes_nothing(
    act: Callable[[World], None],
) -> None:
    play = _doing(act)
    before = play.state("players")
    assert play.orders("ann", Do()).code == Code.FAULTED
    assert play.state("players") == before


@pytest.mark.parametrize("ticks", [(1 << 63) - 1, 1 << 64, 1 << 70])
def test_a_call_that_no_clock_reaches_is_over_the_limit_and_the_world_goes_on(ticks: int) -> None:
    play = _doing(lambda world: world.after(ticks, "never"))
    play.passes(1)
    assert play.orders("ann", Do()).code == Code.OVER_LIMIT
    play.passes(200)
    assert play.life == "running"


@pytest.mark.parametrize("how", ["memory", "recursion"])
def test_a_process_out_of_memory_or_stack_is_quarantine_and_no_outcome(how: str) -> None:
    play = given(toy(), players=["ann"])
    with pytest.raises(Quarantine):
        play.orders("ann", Fail(how))  # type: ignore[arg-type]


def test_a_fold_that_was_quarantined_does_not_go_on() -> None:
    play = given(toy(), players=["ann"])
    with pytest.raises(Quarantine):
        play.orders("ann", Fail("memory"))
    event, position = play.log[-1], len(play.log) - 1
    with pytest.raises(Quarantine):
        play.fold.fold(position, event)


@pytest.mark.parametrize("error", [MemoryError, RecursionError])
def test_a_system_out_of_memory_or_stack_is_quarantine(error: type[Exception]) -> None:
    game = Scenario("hungry")

    @game.system()
    def eat(world: World) -> None:
        if world.tick == 9:
            raise error

    play = given(game, players=["ann"])
    with pytest.raises(Quarantine, match="tick 9 in eat"):
        play.passes(20)


def test_a_system_that_fails_only_the_first_time_is_called_what_it_is() -> None:
    calls: list[int] = []
    game = Scenario("fickle")

    @game.system()
    def fickle(world: World) -> None:
        calls.append(world.tick)
        if len(calls) == 5 or (len(calls) > 5 and world.tick == 3):
            raise RuntimeError

    play = given(game, players=["ann"])
    with pytest.raises(Quarantine, match="not deterministic"):
        play.passes(20)


def test_a_start_that_fails_halts_the_world_and_everybody_hears_of_it() -> None:
    game = Scenario("start")

    @game.starting
    def start(world: World) -> None:
        world.spawn(Position())
        raise RuntimeError

    play = given(game, players=["ann"])
    assert play.life == "halted"
    assert not list(play.world.query())
    assert play.named("world_halted")
    play.passes(100)
    assert_replays(play)


def test_a_leave_hook_that_fails_changes_nothing() -> None:
    game = Scenario("leave")

    @game.left
    def left(world: World, player: str) -> None:
        world.spawn(Position())
        raise RuntimeError

    play = given(game, players=["ann"])
    play.leaves("ann")
    assert play.life == "running"
    assert not list(play.world.query())
    assert not play.world.present("ann")


def test_nothing_moves_in_a_closed_world() -> None:
    game = Scenario("leave", components=(Wallet,))

    @game.left
    def left(world: World, player: str) -> None:
        world.spawn(Position())

    play = given(game, players=["ann"])
    play.closes()
    before = play.state("players", "tick")
    play.leaves("ann")
    play.passes(100)
    assert play.state("players", "tick") == before


@pytest.mark.parametrize("life", ["lobby", "running"])
def test_a_state_that_cannot_be_rebuilt_never_makes_the_fold_loop(life: str) -> None:
    game = Scenario("spoiler", rules=Rules(quorum=2 if life == "lobby" else 1))

    @game.joined
    def join(world: World, player: str) -> None:
        world.spawn(Body(shapes=(Circle(radius=1.0),)), Position(), tags=("it",))
        world.after(1, "never")

    @game.left
    def left(world: World, player: str) -> None:
        world.remove(1, Velocity)
        world.remove(1, Position)

    play = given(game, players=["ann"])
    play.leaves("ann")
    try:
        play.passes(120)
    except Quarantine:
        return
    assert_replays(play)


def _limited(act: Callable[[World], None]) -> Play:
    game = Scenario("limited", rules=Rules(space=SpaceRules()))
    game.system()(act)
    return given(game, players=["ann"], limits=Limits(max_signals_per_tick=1, max_entities=10))


def test_a_world_that_signals_all_it_may_can_still_be_closed() -> None:
    def talk(world: World) -> None:
        world.signal("tick")

    play = _limited(talk)
    play.passes(5)
    play.tick += 1
    play.closes()
    assert play.life == "closed"
    assert play.named("world_closed")


def test_a_world_that_signals_all_it_may_can_still_be_halted() -> None:
    def talk(world: World) -> None:
        if world.tick == 9:
            raise RuntimeError
        world.signal("tick")

    play = _limited(talk)
    play.passes(20)
    assert play.life == "halted"
    assert play.named("world_halted")


def test_a_world_that_signals_all_it_may_can_still_begin() -> None:
    game = Scenario("limited")

    @game.joined
    def join(world: World, player: str) -> None:
        world.signal("hello")

    play = given(game, players=["ann"], limits=Limits(max_signals_per_tick=1))
    assert play.life == "running"


def test_a_system_cannot_spawn_beyond_the_limit_of_entities() -> None:
    def multiply(world: World) -> None:
        if world.tick == 3:
            for _ in range(11):
                world.spawn(Position())

    play = _limited(multiply)
    play.passes(10)
    assert play.life == "halted"
    fault = play.fold.core.fault
    assert fault is not None
    assert fault.kind == "LimitExceeded"


def test_opening_that_fails_is_quarantine() -> None:
    game = Scenario("closed")

    @game.opening
    def open_world(world: World) -> None:
        raise RuntimeError

    with pytest.raises(Quarantine, match="cannot open"):
        given(game)


@pytest.mark.parametrize("interval", [0, -1])
def test_a_world_without_keyframes_is_quarantine(interval: int) -> None:
    with pytest.raises(Quarantine):
        given(Scenario("none"), players=["ann"], interval=interval).passes(3)


def test_code_that_is_missing_is_quarantine_and_the_release_follows_the_repair() -> None:
    play = given(toy(), players=["ann"])
    code: dict[str, Scenario] = {}
    with pytest.raises(Quarantine):
        Fold(_missing(code)).fold(0, play.log[0])
    code["a"] = toy()
    fold = Fold(_missing(code))
    for position, event in enumerate(play.log):
        fold.fold(position, event)
    assert fold.position == play.fold.position


def _missing(code: dict[str, Scenario]) -> Callable[[str], Scenario]:
    def find(digest: str) -> Scenario:
        if digest not in code:
            raise Quarantine(f"no code {digest}")
        return code[digest]

    return find


def test_an_upgrade_that_repairs_a_failed_start_lets_the_world_begin() -> None:
    def version(*, fails: bool) -> Scenario:
        game = Scenario("start", components=(Wallet,))

        @game.starting
        def start(world: World) -> None:
            world.spawn(Wallet())
            if fails:
                raise RuntimeError

        return game

    play = given(version(fails=True), version(fails=False), players=["ann"])
    assert play.life == "halted"
    play.upgrades("b")
    assert play.life == "running"
    assert len(list(play.world.query(Wallet))) == 1
    assert_replays(play)


def test_an_upgrade_between_a_wrong_value_and_its_discovery_counts_from_its_own_event() -> None:
    play = _sabotaged("nan", 30, toy(repaired=True))
    play.passes(24)
    at = play.tick
    play.upgrades("b")
    play.orders("bob", Earn(7.0))
    play.passes(60)
    assert play.life == "running"
    assert play.fold.digest_of_scenario == "b"
    (halted,) = play.named("world_halted")
    assert halted.tick == 30 < at
    wallet = next(w for e, w in play.world.query(Wallet, tag="player:bob"))
    assert 17.0 <= wallet.cash < 20.0
    assert_replays(play)
