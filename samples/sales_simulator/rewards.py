"""What a sale is worth: revenue, commission, a streak, the quota and its bonus, the score."""

from lqe.scenario import EVERYONE, World

from .calendar import calendar
from .components import Rep
from .rules import ACCELERATOR, COMMISSION, COMMISSION_A_TITLE, QUOTA_BONUS, STREAK, TITLES


def earn(world: World, rep: Rep, price: int) -> None:
    """Book a sale; the one that reaches the quota brings a bonus and the next title."""
    before = rep.revenue
    rep.revenue += price
    rep.won += 1
    rep.streak += 1
    if rep.streak == STREAK:
        world.achieve(rep.player, "five_in_a_row")
    rep.budget += int(price * (COMMISSION + COMMISSION_A_TITLE * rep.title))
    if before < rep.quota <= rep.revenue:
        rep.budget += QUOTA_BONUS
        rep.title = min(rep.title + 1, len(TITLES) - 1)
        reached = {
            "player": rep.player, "quarter": calendar(world).number,
            "quota": rep.quota, "title": TITLES[rep.title],
        }  # fmt: skip
        world.signal("quota_reached", reached, to=EVERYONE)
        world.achieve(rep.player, f"quota_{TITLES[rep.title].lower().replace(' ', '_')}")


def score_of(rep: Rep) -> int:
    """Return a quarter's score: the revenue, and half as much again of what exceeds the quota."""
    return rep.revenue + int(ACCELERATOR * max(0, rep.revenue - rep.quota))
