"""Sales simulator: a business game for 1 to 50 players a world. README.md says how it is played.

The whole game at a glance: what it is made of, what players may do, and what happens when.
"""

from lqe.behaviour import Mind
from lqe.scenario import Scenario

from . import (
    competitors,
    deals,
    investing,
    leads,
    meetings,
    quarter,
    reps,
    rivals,
    steering,
    territory,
)
from .bots import Bot
from .components import Competitor, Lead, Meeting, Quarter, Rep, Steering
from .rules import LEADS_EVERY, RIVAL_THINKS_EVERY, RIVALS_COME_EVERY, RULES, SECOND
from .views import player_view, shared_view

__all__ = ["scenario"]

scenario = Scenario(
    "Sales simulator",
    components=(Rep, Competitor, Mind, Lead, Meeting, Quarter, Steering),
    rules=RULES,
)

scenario.opening(territory.build)
scenario.starting(quarter.start)
scenario.joined(reps.join)
scenario.left(reps.leave)

scenario.command(reps.Travel)(reps.travel)
scenario.command(reps.Visit)(reps.visit)
scenario.command(reps.Stop)(reps.stop)
scenario.command(deals.Propose)(deals.propose)
scenario.command(investing.Invest)(investing.invest)

scenario.system(every=steering.STEER_EVERY)(steering.steer)
scenario.system(every=5)(meetings.end_meetings)
scenario.system(every=5)(meetings.begin_meetings)
scenario.system(every=RIVAL_THINKS_EVERY)(competitors.think)
scenario.system(every=RIVALS_COME_EVERY)(rivals.reinforce)
scenario.system(every=LEADS_EVERY)(leads.appear)
scenario.system(every=SECOND)(reps.pay_fuel)

scenario.scheduled(leads.cool_down)
scenario.scheduled(deals.decide)
scenario.scheduled(quarter.open_quarter)
scenario.scheduled(quarter.close_quarter)

scenario.shared_view(shared_view)
scenario.player_view(player_view)
scenario.bot = Bot
