"""The pipeline: lead, qualified, proposal, and then won or lost in front of all bidders."""

from typing import Annotated, Any

from msgspec import Meta

from lqe.scenario import EVERYONE, Command, Refused, World, to_player

from .calendar import mood, only_while_selling
from .components import Competitor, Deal, Lead, Rep
from .leads import remove_lead
from .pricing import chance_of, chance_of_rep, price_of
from .reps import lead_of, rep_of
from .rewards import earn
from .rules import DECISION, MOST_DISCOUNT, PROPOSAL_COST, RIVAL_LESSONS, meetings_needed


class Propose(Command, frozen=True):
    """Offer a qualified lead its product at a discount, or improve the offer that it has.

    The first offer makes the lead decide a few seconds later, among all offers it has by then.
    """

    lead: Annotated[int, Meta(description="The lead's id in the shared view.")]
    discount: Annotated[
        float, Meta(ge=0.0, le=MOST_DISCOUNT, description="Share of the list price given away.")
    ] = 0.0


def propose(world: World, player: str, order: Propose) -> None:
    """Take a proposal's cost from the budget and lay it before the lead."""
    only_while_selling(world)
    seller = rep_of(world, player)
    lead, rep = lead_of(world, order.lead), world.get(seller, Rep)
    deal = lead.deal(seller)
    if deal is None or deal.stage == "lead":
        raise Refused("not_qualified", "the first meeting with this lead has to end first")
    if deal.meetings < meetings_needed(lead.size):
        raise Refused("not_ready", "a large client hears proposals after a second meeting")
    if deal.stage == "proposal" and order.discount <= deal.discount:
        raise Refused("no_better", f"the lead has your offer at {deal.discount:.0%} discount")
    if rep.budget < PROPOSAL_COST:
        raise Refused("no_budget", f"a proposal costs {PROPOSAL_COST}, you have {rep.budget}")
    rep.budget -= PROPOSAL_COST
    offer(world, order.lead, lead, deal, order.discount)


def offer(world: World, entity: int, lead: Lead, deal: Deal, discount: float) -> None:
    """Put an offer on the table; the first one sets the clock of the decision."""
    deal.stage = "proposal"
    deal.discount = discount
    if not lead.decides:
        lead.decides = world.tick + DECISION
        world.after(DECISION, "decide", entity)


def decide(world: World, entity: Any) -> None:
    """Let a lead choose among its offers, or none: each chance counts, the better ones more."""
    lead = world.find(entity, Lead) if world.exists(entity) else None
    if lead is None:
        return
    bids = [(int(s), _chance(world, int(s), lead, d)) for s, d in lead.deals.items()
            if d.stage == "proposal"]  # fmt: skip
    nobody, total = 1.0, 0.0
    for _, chance in bids:
        nobody *= 1.0 - chance
        total += chance * chance
    winner = 0
    if world.random.random() >= nobody:
        mark = world.random.random() * total
        for winner, chance in bids:  # noqa: B007 - the last one stands when rounding leaves some
            mark -= chance * chance
            if mark < 0.0:
                break
    _close(world, entity, lead, winner)


def _chance(world: World, seller: int, lead: Lead, deal: Deal) -> float:
    rep = world.find(seller, Rep)
    if rep is not None:
        return chance_of_rep(lead, deal, deal.discount, rep, mood(world))
    rival = world.find(seller, Competitor)
    lessons = RIVAL_LESSONS + rival.level if rival is not None else 0
    return chance_of(lead, deal, deal.discount, lessons, 0, mood(world))


def _close(world: World, entity: int, lead: Lead, winner: int) -> None:
    """Pay the winner, tell the losers, and let the lead go."""
    rep, rival = world.find(winner, Rep), world.find(winner, Competitor)
    name = rep.player if rep else rival.name if rival else "nobody"
    sale = {"lead": entity, "company": lead.company}
    if rep is not None:
        price = price_of(lead, lead.deals[str(winner)].discount)
        world.signal("deal_won", {**sale, "player": rep.player, "price": price}, to=EVERYONE)
        earn(world, rep, price)
    if rival is not None:
        rival.won += 1
        world.signal("deal_snatched", {**sale, "by": rival.name}, to=EVERYONE)
    for seller, deal in lead.deals.items():
        loser = world.find(int(seller), Rep)
        if loser is not None and int(seller) != winner and deal.stage != "lead":
            loser.lost += 1
            loser.streak = 0
            lost = {**sale, "player": loser.player, "to": name}
            world.signal("deal_lost", lost, to=to_player(loser.player))
    remove_lead(world, entity, lead)
