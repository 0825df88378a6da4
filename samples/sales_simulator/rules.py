"""Every number of the game, in one place. Times are ticks of 50 ms, money is whole dollars."""

from typing import Final, Literal

import msgspec

from lqe.scenario import Rules, SpaceRules

SECOND: Final = 20
RULES: Final = Rules(
    tick_us=1_000_000 // SECOND,
    keyframe_interval=200,
    quorum=1,
    clock_hz=5.0,
    push_hz=5.0,
    own_hz=1.0,
    space=SpaceRules(damping=0.5, contacts=True),
)

# The calendar
QUARTER: Final = 180 * SECOND
BREAK: Final = 20 * SECOND

# On the road
REP_RADIUS: Final = 8.0
LEAD_RADIUS: Final = 16.0
TOP_SPEED: Final = 115.0
CAR_SPEED: Final = 18.0
FOOT_SPEED: Final = 60.0
ACCELERATION: Final = 320.0
BRAKING: Final = 3.0
VIA_REACHED: Final = 16.0
OFFICE_REACH: Final = 75.0
FUEL_A_SECOND: Final = 8

# Money
START_BUDGET: Final = 2_000
ALLOWANCE: Final = 1_000
LUNCH: Final = 40
PROPOSAL_COST: Final = 120
COMMISSION: Final = 0.05
COMMISSION_A_TITLE: Final = 0.01
QUOTA: Final = 80_000
QUOTA_GROWTH: Final = 0.25
QUOTA_BONUS: Final = 1_500
LEAST_QUOTA_SHARE: Final = 0.2
ACCELERATOR: Final = 0.5
STREAK: Final = 5
TITLES: Final = ("Trainee", "Rep", "Senior rep", "Key account manager", "Director", "Legend")

# Clients
FIRST_LEADS: Final = 4
LEADS_A_PLAYER: Final = 0.9
LEADS_EVERY: Final = 15
MEETING: Final = 40
REST: Final = 7 * SECOND
GOODWILL: Final = 12 * SECOND
DECISION: Final = 60
MOST_MEETINGS: Final = 3
MOST_DISCOUNT: Final = 0.4

# Chance of a deal
BASE_CHANCE: Final = 0.32
CHANCE_A_MEETING: Final = 0.13
CHANCE_A_LESSON: Final = 0.05
CHANCE_A_WIN: Final = 0.02
LONGEST_STREAK: Final = 4
OVER_BUDGET: Final = 2.5
UNDER_BUDGET: Final = 0.9
MOST_FOR_PRICE: Final = 0.2
LEAST_CHANCE: Final = 0.02
MOST_CHANCE: Final = 0.95

Skill = Literal["coaching", "car", "assistant"]
SKILL_COSTS: Final = (600, 1_200, 2_200)
ASSISTANT_SAVES: Final = 8

# Competitors
RIVAL_NAMES: Final = (
    "Acme", "Borealis", "Cobalt", "Dynamo", "Everest", "Falcon", "Granite", "Helix", "Indigo",
    "Jasper", "Krypton", "Lumen",
)  # fmt: skip
RIVALS: Final = 2
MOST_RIVAL_LEVEL: Final = 5
RIVALS_COME_EVERY: Final = 2 * SECOND
PLAYERS_A_RIVAL: Final = 4
RIVAL_LESSONS: Final = 2
RIVAL_SPEED: Final = 95.0
RIVAL_SPEED_A_LEVEL: Final = 5.0
RIVAL_DISCOUNTS: Final = (0.1, 0.3)
RIVAL_DISCOUNT_A_LEVEL: Final = 0.015
RIVAL_THINKS_EVERY: Final = 10
RIVAL_GIVES_UP: Final = 14 * SECOND
RIVAL_POACHES_EVERY: Final = 25 * SECOND
RIVAL_RESTS: Final = 2 * SECOND


class Size(msgspec.Struct, frozen=True):
    """A class of clients: how often they come, what they buy (thousands), how long they wait.

    They hear a proposal only from somebody they have met `meetings` times.
    """

    name: str
    weight: int
    least: int
    most: int
    patience: int
    meetings: int


SIZES: Final = (
    Size("small", weight=5, least=6, most=14, patience=32 * SECOND, meetings=1),
    Size("medium", weight=4, least=15, most=28, patience=45 * SECOND, meetings=1),
    Size("large", weight=1, least=40, most=75, patience=70 * SECOND, meetings=2),
)


def meetings_needed(size: str) -> int:
    """Return how often a client of a size must be met before it hears a proposal."""
    return next(s.meetings for s in SIZES if s.name == size)


class Mood(msgspec.Struct, frozen=True):
    """What is special about a quarter; the numbers multiply those of an ordinary one."""

    name: str
    text: str
    value: float = 1.0
    patience: float = 1.0
    thrift: float = 1.0
    rivals: int = 0


STEADY: Final = Mood("steady", "Business as usual.")
MOODS: Final = (
    STEADY,
    Mood("boom", "Clients spend a third more.", value=1.33),
    Mood("thrift", "Every dollar above a client's budget hurts twice.", thrift=2.0),
    Mood("rush", "Clients wait only two thirds as long, and pay a little more.", 1.15, 0.66),
    Mood("invasion", "Two more competitors are in town.", rivals=2),
)
