"""Competitors: rival reps who go after the same leads; what they do next is a behaviour tree."""

from typing import Final

import msgspec

from lqe.behaviour import Action, Condition, Cooldown, Mind, Node, Selector, Sequence, Status, run
from lqe.ecs import Position
from lqe.scenario import World

from .calendar import selling
from .components import Competitor, Deal, Lead, Meeting
from .deals import offer
from .rules import (
    MOST_DISCOUNT,
    RIVAL_DISCOUNT_A_LEVEL,
    RIVAL_DISCOUNTS,
    RIVAL_GIVES_UP,
    RIVAL_POACHES_EVERY,
    RIVAL_RESTS,
    meetings_needed,
)  # fmt: skip
from .steering import aim, halt


class Rival(msgspec.Struct, frozen=True):
    """What the tree's nodes are given: the world, and which competitor this is."""

    world: World
    entity: int
    me: Competitor

    def lead(self) -> Lead | None:
        """Return the lead that is gone after, or None."""
        target = self.me.target
        return self.world.find(target, Lead) if target and self.world.exists(target) else None

    def deal(self) -> Deal | None:
        """Return how far it has come with that lead."""
        lead = self.lead()
        return lead.deal(self.entity) if lead is not None else None


def _meet(rival: Rival) -> Status:
    return Status.RUNNING if rival.world.has(rival.entity, Meeting) else Status.FAILURE


def _can_propose(rival: Rival) -> bool:
    lead = rival.lead()
    deal = lead.deal(rival.entity) if lead is not None else None
    if lead is None or deal is None or deal.stage != "qualified":
        return False
    return deal.meetings >= meetings_needed(lead.size)


def _propose(rival: Rival) -> Status:
    lead, deal = rival.lead(), rival.deal()
    if lead is None or deal is None:
        return Status.FAILURE
    bold = rival.me.level * RIVAL_DISCOUNT_A_LEVEL
    discount = min(MOST_DISCOUNT, bold + rival.world.random.uniform(*RIVAL_DISCOUNTS))
    offer(rival.world, rival.me.target, lead, deal, discount)
    rival.me.target = 0
    rival.me.until = rival.world.tick + RIVAL_RESTS
    return Status.SUCCESS


def _rest(rival: Rival) -> Status:
    if rival.me.target or rival.world.tick >= rival.me.until:
        return Status.FAILURE
    halt(rival.world, rival.entity)
    return Status.RUNNING


def _attraction(here: Position, there: Position, lead: Lead) -> float:
    """Return what a lead is worth to a competitor: its value over the way to it."""
    way = abs(here.x - there.x) + abs(here.y - there.y)
    return lead.value / (way + 150.0)


def _open(rival: Rival, lead: Lead) -> bool:
    """Say whether a competitor can still do something about a lead."""
    deal = lead.deal(rival.entity)
    return deal is None or (deal.stage != "proposal" and deal.ready <= rival.world.tick)


def _go_for(rival: Rival, leads: list[tuple[float, int]]) -> Status:
    if not leads:
        return Status.FAILURE
    _, target = max(leads)
    rival.me.target = target
    rival.me.until = rival.world.tick + RIVAL_GIVES_UP
    at = rival.world.get(target, Position)
    aim(rival.world, rival.entity, (at.x, at.y))
    return Status.SUCCESS


def _poach(rival: Rival) -> Status:
    """Go for the dearest lead that somebody else works on."""
    return _go_for(
        rival,
        [
            (float(lead.value), entity)
            for entity, lead in rival.world.query(Lead)
            if lead.deals and _open(rival, lead)
        ],
    )


def _choose(rival: Rival) -> Status:
    """Go for the lead that is worth its way and has not heard an offer."""
    here = rival.world.get(rival.entity, Position)
    return _go_for(
        rival,
        [
            (_attraction(here, there, lead) * rival.world.random.uniform(0.6, 1.0), entity)
            for entity, lead, there in rival.world.query(Lead, Position)
            if not lead.decides and _open(rival, lead)
        ],
    )


def _walk(rival: Rival) -> Status:
    """Go on while the lead is there and the way does not take too long."""
    lead = rival.lead()
    if lead is None or not _open(rival, lead) or rival.world.tick >= rival.me.until:
        rival.me.target = 0
        return Status.FAILURE
    return Status.RUNNING


TREE: Final[Node[Rival]] = Selector(
    Action(_meet),
    Sequence(Condition(_can_propose), Action(_propose)),
    Action(_rest),
    Sequence(
        Condition(lambda rival: rival.me.target == 0),
        Selector(Cooldown(RIVAL_POACHES_EVERY, Action(_poach)), Action(_choose)),
    ),
    Action(_walk),
)


def think(world: World) -> None:
    """Let every competitor take the next step through its tree."""
    if selling(world):
        for entity, me, mind in world.query(Competitor, Mind):
            run(TREE, Rival(world, entity, me), mind, world.tick)
