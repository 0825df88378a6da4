"""What a client thinks of an offer."""

from .components import Deal, Lead, Rep
from .rules import (
    BASE_CHANCE,
    CHANCE_A_LESSON,
    CHANCE_A_MEETING,
    CHANCE_A_WIN,
    LEAST_CHANCE,
    LONGEST_STREAK,
    MOST_CHANCE,
    MOST_FOR_PRICE,
    OVER_BUDGET,
    UNDER_BUDGET,
    Mood,
)


def price_of(lead: Lead, discount: float) -> int:
    """Return what the client pays at a discount."""
    return int(lead.value * (1.0 - discount))


def chance_of(
    lead: Lead, deal: Deal, discount: float, lessons: int, streak: int, now: Mood
) -> float:
    """Return the chance that an offer without rivals is taken: trust, skill, luck and price."""
    trust = CHANCE_A_MEETING * deal.meetings
    skill = CHANCE_A_LESSON * lessons + CHANCE_A_WIN * min(streak, LONGEST_STREAK)
    spare = (lead.budget - price_of(lead, discount)) / lead.value
    if spare < 0.0:
        price = OVER_BUDGET * now.thrift * spare
    else:
        price = min(MOST_FOR_PRICE, UNDER_BUDGET * spare)
    return max(LEAST_CHANCE, min(MOST_CHANCE, BASE_CHANCE + trust + skill + price))


def chance_of_rep(lead: Lead, deal: Deal, discount: float, rep: Rep, now: Mood) -> float:
    """Return the chance of a player's rep, as `chance_of`."""
    return chance_of(lead, deal, discount, rep.skill("coaching"), rep.streak, now)
