"""The sample game: what its commands do and refuse, and that its worlds replay to the bit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lqe.adapters.scenarios import load_source, read_source
from lqe.behaviour import Mind
from lqe.ecs import Position, Velocity
from lqe.events import CommandSubmitted
from lqe.physics import Body
from lqe.rng import Random
from lqe.scenario import Command, Scenario, command_schemas
from lqe.scenario.schemas import encode_args
from samples import sales_simulator
from samples.sales_simulator import rules
from samples.sales_simulator.bots import Bot
from samples.sales_simulator.components import (
    Competitor,
    Deal,
    Lead,
    Meeting,
    Quarter,
    Rep,
)
from samples.sales_simulator.deals import Propose
from samples.sales_simulator.investing import Invest
from samples.sales_simulator.reps import Stop, Travel, Visit
from samples.sales_simulator.rewards import score_of
from samples.sales_simulator.territory import Territory
from tests.steps import Play, assert_replays, opening

FOLDER = Path(sales_simulator.__file__).parent
LOOK_EVERY = 12


@pytest.fixture
def game(monkeypatch: pytest.MonkeyPatch) -> Scenario:
    """Return the sample with its assets, as a loader would give them."""
    assets = {p.name: p.read_bytes() for p in (FOLDER / "assets").iterdir()}
    monkeypatch.setattr(sales_simulator.scenario, "assets", assets)
    return sales_simulator.scenario


@pytest.fixture
def land(game: Scenario) -> Territory:
    return msgspec.json.decode(game.assets["territory.json"], type=Territory)


def world_of(game: Scenario, *players: str, interval: int = 1_200) -> Play:
    play = Play(game, opened=opening(interval=interval, tick_us=game.rules.tick_us))
    for player in players:
        assert play.joins(player).applied
    return play


def rep_id(play: Play, player: str) -> int:
    return play.world.one(f"player:{player}")


def rep(play: Play, player: str) -> Rep:
    return play.world.get(rep_id(play, player), Rep)


def lead_of_size(play: Play, *sizes: str) -> int:
    """Return a lead of one of the sizes, the nearest to the office's side of the river."""
    found: list[tuple[float, int]] = [
        (abs(at.x - 470.0), entity)
        for entity, lead, at in play.world.query(Lead, Position)
        if lead.size in sizes
    ]
    return min(found)[1]


def until(play: Play, holds: Callable[[], bool], ticks: int = 800) -> None:
    """Let time pass until something holds."""
    for _ in range(ticks):
        if holds():
            return
        play.passes(1)
    pytest.fail("it did not happen")


def without_rivals(play: Play) -> Play:
    """Let the competitors come, and take away their bodies and their minds."""
    play.passes(rules.RIVALS_COME_EVERY)
    for entity, _ in list(play.world.query(Competitor)):
        play.world.remove(entity, Body)
        play.world.remove(entity, Mind)
    play.fold.core.flush()
    return play


def qualified(play: Play, player: str, lead: int) -> None:
    """Let a player's rep go to a lead and end its first meeting there."""
    assert play.orders(player, Visit(lead=lead)).applied
    me = rep_id(play, player)
    until(play, lambda: (d := deal(play, lead, me)) is not None and d.meetings == 1)


def deal(play: Play, lead: int, seller: int) -> Deal | None:
    return play.world.get(lead, Lead).deal(seller)


def with_bots(game: Scenario, count: int, ticks: int, *, interval: int = 1_200) -> Play:
    """Let bots play, seeing what players see."""
    names = [f"bot-{n}" for n in range(1, count + 1)]
    play = world_of(game, *names, interval=interval)
    minds = {name: Bot(Random(name.encode())) for name in names}
    assert game.view_shared is not None
    assert game.view_player is not None
    while play.tick < ticks:
        play.passes(LOOK_EVERY)
        shared = game.view_shared(play.world)
        for name, mind in minds.items():
            view = {"world": shared, "you": game.view_player(play.world, name)}
            for command, args in mind.decide(plain(view)):
                kind = game.commands[command]
                play.orders(name, msgspec.convert(args, kind.type), args=encode_args(kind, args))
    return play


def plain(view: Any) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(view))
    return found


# The package


def test_the_loader_takes_the_package() -> None:
    scenario = load_source(read_source(FOLDER))
    assert scenario.title == "Sales simulator"
    assert scenario.bot is not None


def test_every_command_and_every_argument_is_described(game: Scenario) -> None:
    schemas = command_schemas(game)
    assert list(schemas) == ["travel", "visit", "stop", "propose", "invest"]
    for schema in schemas.values():
        (body,) = schema["$defs"].values()
        assert body["description"]
        assert all("description" in field for field in body["properties"].values())


def test_no_site_lies_in_a_tree_in_the_river_or_on_another(land: Territory) -> None:
    for number, (x, y) in enumerate(land.sites):
        assert land.contains(x, y)
        assert abs(x - land.river.x) > land.river.half_width + rules.LEAD_RADIUS
        for tree_x, tree_y, radius in land.trees:
            assert (x - tree_x) ** 2 + (y - tree_y) ** 2 > (radius + rules.LEAD_RADIUS) ** 2
        for other_x, other_y in land.sites[:number]:
            assert (x - other_x) ** 2 + (y - other_y) ** 2 > (2 * rules.LEAD_RADIUS) ** 2


# Travelling


def test_a_rep_gains_speed_little_by_little_and_stops_at_its_goal(game: Scenario) -> None:
    play = without_rivals(world_of(game, "ann"))
    me = rep_id(play, "ann")
    play.orders("ann", Travel(x=250.0, y=400.0))
    play.passes(2)
    first = play.world.get(me, Velocity)
    play.passes(8)
    later = play.world.get(me, Velocity)
    assert 0.0 < -first.dx < -later.dx
    play.passes(200)
    at = play.world.get(me, Position)
    assert abs(at.x - 250.0) < 3.0
    assert abs(at.y - 400.0) < 3.0


def test_a_rep_finds_the_bridge(game: Scenario, land: Territory) -> None:
    play = without_rivals(world_of(game, "ann"))
    play.orders("ann", Travel(x=720.0, y=250.0))
    play.passes(240)
    at = play.world.get(rep_id(play, "ann"), Position)
    assert at.x > land.river.x
    assert abs(at.y - 250.0) < 10.0


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (Travel(x=-1.0, y=5.0), "off_the_map"),
        (Travel(x=5.0, y=900.0), "off_the_map"),
        (Visit(lead=1), "no_such_lead"),
        (Visit(lead=999), "no_such_lead"),
        (Stop(), "standing"),
        (Propose(lead=999), "no_such_lead"),
        (Invest(what="car"), "no_budget"),
    ],
)
def test_a_command_that_makes_no_sense_is_refused(
    game: Scenario, order: Command, code: str
) -> None:
    play = world_of(game, "ann")
    rep(play, "ann").budget = 100
    outcome = play.orders("ann", order)
    assert outcome.code == code
    assert outcome.reason


def test_a_discount_outside_its_bounds_is_refused(game: Scenario) -> None:
    play = world_of(game, "ann")
    lead = lead_of_size(play, "small", "medium")
    assert play.orders("ann", Propose(lead=lead, discount=0.9)).code == "bad_arguments"


def test_a_rep_that_walks_can_be_stopped(game: Scenario) -> None:
    play = world_of(game, "ann")
    play.orders("ann", Travel(x=100.0, y=400.0))
    play.passes(20)
    assert play.orders("ann", Stop()).applied
    assert play.orders("ann", Stop()).code == "standing"
    play.passes(40)
    speed = play.world.get(rep_id(play, "ann"), Velocity)
    assert abs(speed.dx) < 1.0


def test_travel_costs_fuel_and_standing_costs_nothing(game: Scenario) -> None:
    play = world_of(game, "ann", "bob")
    play.orders("ann", Travel(x=60.0, y=400.0))
    play.passes(60)
    assert rep(play, "ann").budget == rules.START_BUDGET - 3 * rules.FUEL_A_SECOND
    assert rep(play, "bob").budget == rules.START_BUDGET


def test_a_rep_without_budget_goes_on_foot(game: Scenario) -> None:
    play = without_rivals(world_of(game, "ann"))
    rep(play, "ann").budget = 0
    play.orders("ann", Travel(x=60.0, y=400.0))
    play.passes(80)
    speed = play.world.get(rep_id(play, "ann"), Velocity)
    assert -rules.FOOT_SPEED - 1.0 < speed.dx < -rules.FOOT_SPEED * 0.8


# Meetings


def test_a_meeting_begins_once_though_it_spans_several_keyframes(game: Scenario) -> None:
    play = without_rivals(world_of(game, "ann", interval=10))
    lead = lead_of_size(play, "small", "medium")
    me = rep_id(play, "ann")
    play.orders("ann", Visit(lead=lead))
    until(play, lambda: play.world.has(me, Meeting))
    began = len(play.keyframes)
    until(play, lambda: not play.world.has(me, Meeting))
    assert len(play.keyframes) - began >= 3
    assert [s.data["lead"] for s in play.named("meeting_began")] == [lead]
    assert [s.data["lead"] for s in play.named("meeting_held")] == [lead]
    found = deal(play, lead, me)
    assert found is not None
    assert (found.stage, found.meetings) == ("qualified", 1)


def test_a_client_rests_before_it_meets_the_same_rep_again(game: Scenario) -> None:
    play = without_rivals(world_of(game, "ann"))
    lead = lead_of_size(play, "small", "medium")
    qualified(play, "ann", lead)
    play.passes(rules.REST - 10)
    assert len(play.named("meeting_began")) == 1
    play.passes(20)
    assert len(play.named("meeting_began")) == 2


def test_a_meeting_breaks_when_the_rep_walks_away(game: Scenario) -> None:
    play = without_rivals(world_of(game, "ann"))
    lead = lead_of_size(play, "small", "medium")
    play.orders("ann", Visit(lead=lead))
    until(play, lambda: play.world.has(rep_id(play, "ann"), Meeting))
    play.orders("ann", Travel(x=470.0, y=410.0))
    play.passes(35)
    assert len(play.named("meeting_broken")) == 1
    assert play.world.get(lead, Lead).host == 0
    found = deal(play, lead, rep_id(play, "ann"))
    assert found is not None
    assert found.stage == "lead"


def test_one_meeting_a_room(game: Scenario) -> None:
    play = without_rivals(world_of(game, "ann", "bob"))
    lead = lead_of_size(play, "small", "medium")
    for player in ("ann", "bob"):
        play.orders(player, Visit(lead=lead))
    for _ in range(400):
        play.passes(1)
        assert sum(1 for _ in play.world.query(Meeting)) <= 1
    assert {s.data["player"] for s in play.named("meeting_held")} == {"ann", "bob"}


# Deals


def test_nobody_proposes_to_a_lead_that_is_not_qualified(game: Scenario) -> None:
    play = world_of(game, "ann")
    lead = lead_of_size(play, "small", "medium")
    assert play.orders("ann", Propose(lead=lead)).code == "not_qualified"


def test_a_large_client_wants_a_second_meeting(game: Scenario) -> None:
    play = without_rivals(world_of(game, "ann"))
    lead = lead_of_size(play, "small", "medium")
    play.world.get(lead, Lead).size = "large"
    qualified(play, "ann", lead)
    assert play.orders("ann", Propose(lead=lead)).code == "not_ready"


def test_a_proposal_costs_and_only_a_better_one_may_follow(game: Scenario) -> None:
    play = without_rivals(world_of(game, "ann"))
    lead = lead_of_size(play, "small", "medium")
    qualified(play, "ann", lead)
    before = rep(play, "ann").budget
    assert play.orders("ann", Propose(lead=lead, discount=0.1)).applied
    assert rep(play, "ann").budget == before - rules.PROPOSAL_COST
    assert play.orders("ann", Propose(lead=lead, discount=0.1)).code == "no_better"
    assert play.orders("ann", Propose(lead=lead, discount=0.2)).applied
    rep(play, "ann").budget = rules.PROPOSAL_COST - 1
    assert play.orders("ann", Propose(lead=lead, discount=0.3)).code == "no_budget"


def sell(game: Scenario, *, chance: float, quota: int = 1_000_000) -> tuple[Play, int]:
    """Return a world in which a lead decided about ann's offer, and the price that she asked."""
    play = without_rivals(world_of(game, "ann"))
    lead = lead_of_size(play, "small", "medium")
    qualified(play, "ann", lead)
    rep(play, "ann").quota = quota
    found = play.world.get(lead, Lead)
    found.budget = int(found.value * chance * 2)
    rep(play, "ann").skills["coaching"] = int(chance * 12)
    price = found.value
    assert play.orders("ann", Propose(lead=lead)).applied
    play.passes(rules.DECISION + 1)
    assert not play.world.exists(lead)
    return play, price


def test_a_deal_that_is_won_pays_revenue_and_commission(game: Scenario) -> None:
    play, price = sell(game, chance=1.0)
    (won,) = play.named("deal_won")
    assert (won.data["player"], won.data["price"]) == ("ann", price)
    me = rep(play, "ann")
    assert (me.revenue, me.won, me.streak, me.lost) == (price, 1, 1, 0)
    assert not play.named("quota_reached")


def test_a_deal_above_the_clients_budget_is_lost(game: Scenario) -> None:
    play, _ = sell(game, chance=0.0)
    (lost,) = play.named("deal_lost")
    assert (lost.data["player"], lost.data["to"]) == ("ann", "nobody")
    me = rep(play, "ann")
    assert (me.revenue, me.won, me.streak, me.lost) == (0, 0, 0, 1)


def test_the_sale_that_reaches_the_quota_brings_a_bonus_and_a_title(game: Scenario) -> None:
    play, price = sell(game, chance=1.0, quota=5_000)
    (reached,) = play.named("quota_reached")
    assert reached.data == {"player": "ann", "quarter": 1, "quota": 5_000, "title": "Rep"}
    assert rep(play, "ann").budget > rules.QUOTA_BONUS + rules.START_BUDGET - 400
    assert score_of(rep(play, "ann")) == price + (price - 5_000) // 2


def test_a_competitor_can_take_a_deal_away(game: Scenario) -> None:
    play = world_of(game, "ann")
    until(play, lambda: bool(play.named("deal_snatched")), ticks=3_000)
    assert play.named("deal_snatched")[0].data["by"] in rules.RIVAL_NAMES


def test_a_lead_cools_down_when_nobody_comes(game: Scenario) -> None:
    play = without_rivals(world_of(game, "ann"))
    lead = lead_of_size(play, "small", "medium")
    patience = play.world.get(lead, Lead).until
    play.passes(patience - play.tick - 1)
    assert play.world.exists(lead)
    play.passes(1)
    assert not play.world.exists(lead)
    assert not play.named("deal_lost")


# Investing


def test_skills_are_learned_at_the_office_three_levels_each(game: Scenario) -> None:
    play = world_of(game, "ann")
    rep(play, "ann").budget = 10_000
    for level in (1, 2, 3):
        assert play.orders("ann", Invest(what="coaching")).applied
        assert rep(play, "ann").skills == {"coaching": level}
    assert rep(play, "ann").budget == 10_000 - sum(rules.SKILL_COSTS)
    assert play.orders("ann", Invest(what="coaching")).code == "nothing_to_learn"
    play.orders("ann", Travel(x=200.0, y=330.0))
    play.passes(80)
    assert play.orders("ann", Invest(what="car")).code == "not_at_the_office"


# Quarters


def test_a_quarter_ends_with_a_ranking_and_the_next_is_harder(game: Scenario) -> None:
    play = world_of(game, "ann", "bob", "cid")
    for player, revenue in (("bob", 90_000), ("cid", 10_000)):
        rep(play, player).revenue = revenue
    play.passes(rules.QUARTER)
    (ended,) = play.named("quarter_ended")
    lines = ended.data["ranking"]
    assert [(line["player"], line["score"]) for line in lines] == [
        ("bob", 95_000), ("cid", 10_000), ("ann", 0),
    ]  # fmt: skip
    assert [rep(play, p).crowns for p in ("ann", "bob", "cid")] == [0, 1, 0]
    assert not list(play.world.query(Lead))
    assert play.orders("ann", Propose(lead=1)).code == "quarter_over"
    play.passes(rules.BREAK)
    (now,) = [q for _, q in play.world.query(Quarter)]
    assert (now.number, now.phase, now.quota) == (2, "selling", 100_000)
    assert (rep(play, "bob").revenue, rep(play, "bob").career) == (0, 95_000)
    assert list(play.world.query(Lead))


def test_who_joins_late_has_a_smaller_quota(game: Scenario) -> None:
    play = world_of(game, "ann")
    play.passes(rules.QUARTER // 2)
    play.joins("bob")
    assert rep(play, "ann").quota == rules.QUOTA
    assert rep(play, "bob").quota == rules.QUOTA // 2
    play.passes(rules.QUARTER // 2 - 10)
    play.joins("cid")
    assert rep(play, "cid").quota == rules.QUOTA // 5


def test_who_leaves_frees_the_room_and_comes_back_with_everything(game: Scenario) -> None:
    play = without_rivals(world_of(game, "ann", "bob"))
    lead = lead_of_size(play, "small", "medium")
    play.orders("ann", Visit(lead=lead))
    me = rep_id(play, "ann")
    until(play, lambda: play.world.has(me, Meeting))
    rep(play, "ann").revenue = 7_000
    play.leaves("ann")
    assert not play.world.has(me, Body)
    assert play.world.get(lead, Lead).host == 0
    assert game.view_shared is not None
    assert str(me) not in game.view_shared(play.world)["reps"]
    play.passes(50)
    play.joins("ann")
    assert rep_id(play, "ann") == me
    assert play.world.has(me, Body)
    assert rep(play, "ann").revenue == 7_000
    play.passes(50)
    assert play.life == "running"


def test_who_does_nothing_earns_nothing(game: Scenario) -> None:
    play = world_of(game, "ann")
    play.passes(rules.QUARTER + rules.BREAK)
    assert rep(play, "ann").career == 0


# Bots and views


def test_bots_earn_and_their_commands_are_seldom_refused(game: Scenario) -> None:
    play = with_bots(game, 6, rules.QUARTER)
    (ended,) = play.named("quarter_ended")
    scores = [line["score"] for line in ended.data["ranking"]]
    assert sum(score > 0 for score in scores) >= 4
    assert len(dict.fromkeys(scores)) >= 4
    orders = [o for o in play.outcomes if o.seq is not None]
    assert sum(not o.applied for o in orders) <= len(orders) // 20
    assert play.named("deal_lost")


def test_views_hold_no_null_and_change_nothing(game: Scenario) -> None:
    play = with_bots(game, 3, 600)
    assert game.view_shared is not None
    assert game.view_player is not None
    before = play.state()
    shared = game.view_shared(play.world)
    mine = game.view_player(play.world, "bot-1")
    assert play.state() == before
    text = msgspec.json.encode([shared, mine])
    assert b"null" not in text
    assert plain(shared) == shared
    assert plain(mine) == mine
    assert game.view_player(play.world, "nobody") == {}


def test_only_the_own_view_tells_a_clients_budget(game: Scenario) -> None:
    play = without_rivals(world_of(game, "ann", "bob"))
    lead = lead_of_size(play, "small", "medium")
    qualified(play, "ann", lead)
    assert game.view_shared is not None
    assert game.view_player is not None
    assert "budget" in game.view_player(play.world, "ann")["deals"][str(lead)]
    assert game.view_player(play.world, "bob")["deals"] == {}
    assert "budget" not in game.view_shared(play.world)["leads"][str(lead)]


# The same bits


def test_a_game_replays_to_the_bit_from_the_start_and_from_every_keyframe(game: Scenario) -> None:
    play = with_bots(game, 5, 700, interval=60)
    assert sum(isinstance(e, CommandSubmitted) for e in play.log) > 20
    assert play.named("meeting_held")
    assert_replays(play)


def test_a_quarters_end_and_the_next_beginning_replay_to_the_bit(game: Scenario) -> None:
    play = world_of(game, "ann", "bob", interval=500)
    play.orders("ann", Visit(lead=lead_of_size(play, "small", "medium")))
    play.passes(rules.QUARTER - 100)
    play.leaves("bob")
    play.passes(rules.BREAK + 200)
    assert len(play.named("quarter_began")) == 2
    assert_replays(play)
