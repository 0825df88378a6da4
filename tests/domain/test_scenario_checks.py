"""Rules that no world could run by are refused when the code is taken up."""

from math import inf, nan
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from lqe.ecs import Component
from lqe.errors import ScenarioError
from lqe.scenario import Limits, Rules, Scenario, SpaceRules, World
from lqe.scenario.checks import RANGES, check_scenario

WRONG: list[tuple[str, Any]] = [
    ("tick_us", 0),
    ("tick_us", -50_000),
    ("tick_us", 1_000_000 / 60),
    ("tick_us", 50_000.0),
    ("tick_us", True),
    ("tick_us", "50000"),
    ("tick_us", None),
    ("keyframe_interval", 0),
    ("keyframe_interval", 20.5),
    ("quorum", -1),
    ("quorum", 1.5),
    ("clock_hz", 0),
    ("clock_hz", nan),
    ("clock_hz", inf),
    ("clock_hz", "4"),
    ("push_hz", 1_001),
    ("push_hz", False),
    ("own_hz", -1.0),
    ("keep_seat_s", -1.0),
    ("keep_seat_s", nan),
    ("space", None),
    ("space", {"damping": 1.0}),
    ("space.gravity", (0.0,)),
    ("space.gravity", (0.0, nan)),
    ("space.gravity", 9.81),
    ("space.damping", 1.5),
    ("space.damping", nan),
    ("space.iterations", 0),
    ("space.iterations", 10.0),
    ("space.iterations", 100_000_000),
    ("space.slop", -0.1),
    ("space.slop", inf),
    ("space.contacts", 1),
    ("space.contact_hold", 0),
    ("limits", 5),
    ("limits.max_entities", 0),
    ("limits.max_players", -3),
    ("limits.max_scheduled", 1e3),
    ("limits.max_signals_per_tick", 0),
    ("limits.max_idle_ticks", 0),
]


def game(**rules: Any) -> Scenario:
    return Scenario("a game", rules=Rules(**rules))


def with_one(path: str, value: Any) -> Scenario:
    part, _, name = path.rpartition(".")
    if not part:
        return game(**{name: value})
    return game(**{part: replace(getattr(Rules(), part), **{name: value})})


@pytest.mark.parametrize(("path", "value"), WRONG)
def test_a_number_that_is_not_one_of_its_kind_is_named_with_what_was_expected(
    path: str, value: Any
) -> None:
    with pytest.raises(ScenarioError) as refused:
        check_scenario(with_one(path, value))
    assert str(refused.value).startswith(f"rules.{path} must be ")
    assert str(refused.value).endswith(f", got {value!r}")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("tick_us", 1),
        ("quorum", 0),
        ("clock_hz", 1),
        ("own_hz", 0),
        ("keep_seat_s", None),
        ("keep_seat_s", 60),
        ("space.gravity", (0, -50)),
        ("space.damping", 0),
        ("limits.max_scheduled", 0),
    ],
)
def test_whole_numbers_may_stand_for_others_and_bounds_belong_to_their_range(
    path: str, value: Any
) -> None:
    check_scenario(with_one(path, value))


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ScenarioError) as refused:
        check_scenario(game(tick_us=0, space=SpaceRules(iterations=0), quorum=-1))
    assert str(refused.value) == (
        "rules.tick_us must be a whole number from 1 to 3,600,000,000, got 0; "
        "rules.quorum must be a whole number from 0 to 10,000,000, got -1; "
        "rules.space.iterations must be a whole number from 1 to 1,000, got 0"
    )


def test_a_quorum_that_nobody_could_make_up_is_refused() -> None:
    with pytest.raises(ScenarioError, match="would never begin"):
        check_scenario(game(quorum=9, limits=Limits(max_players=8)))


@pytest.mark.parametrize("rules", [None, {"tick_us": 50_000}, 50_000])
def test_rules_are_rules(rules: Any) -> None:
    scenario = game()
    scenario.rules = rules
    with pytest.raises(ScenarioError, match=r"rules must be Rules\(…\)"):
        check_scenario(scenario)


@pytest.mark.parametrize("every", [1.5, nan, True])
def test_a_system_runs_every_so_many_whole_ticks(every: Any) -> None:
    scenario = game()

    @scenario.system(every=every)
    def ripen(world: World) -> None: ...

    with pytest.raises(ScenarioError, match="system ripen: every must be a whole number from 1"):
        check_scenario(scenario)


def test_components_that_no_world_could_hold_are_refused() -> None:
    class Bag(Component):
        """It differs from process to process."""

        things: set[str]

    with pytest.raises(ScenarioError, match=r"Bag.things holds a set"):
        check_scenario(Scenario("bags", components=[Bag]))


def test_every_number_has_a_range() -> None:
    for kind, ranges in RANGES.items():
        info = msgspec.inspect.type_info(kind)
        assert isinstance(info, msgspec.inspect.StructType)
        plain = (msgspec.inspect.StructType, msgspec.inspect.BoolType)
        assert {f.name for f in info.fields if not isinstance(f.type, plain)} == set(ranges)
