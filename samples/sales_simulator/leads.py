"""Leads: clients appear at free sites, wait for a while, and cool down."""

from typing import Any

from lqe.ecs import Position
from lqe.physics import Body, Circle
from lqe.scenario import World, to_player

from .calendar import mood, selling
from .components import Lead, Meeting, Rep
from .rules import FIRST_LEADS, LEAD_RADIUS, LEADS_A_PLAYER, SIZES
from .territory import territory


def appear(world: World) -> None:
    """Let leads appear while there are fewer than the market bears; more at once if many lack."""
    if not selling(world):
        return
    missing = wanted(world) - sum(1 for _ in world.query(Lead))
    if missing > 0:
        free = _free_sites(world)
        for _ in range(1 + missing // 4):
            spawn_lead(world, free)


def wanted(world: World) -> int:
    """Return how many leads there should be for the reps on the map."""
    return FIRST_LEADS + int(LEADS_A_PLAYER * sum(1 for _ in world.query(Rep, Body)))


def fill(world: World) -> None:
    """Let the leads of a new quarter appear, all at once."""
    free = _free_sites(world)
    for _ in range(wanted(world)):
        spawn_lead(world, free)


def _free_sites(world: World) -> list[int]:
    taken = {lead.site: None for _, lead in world.query(Lead)}
    return [s for s in range(len(territory(world).sites)) if s not in taken]


def spawn_lead(world: World, free: list[int]) -> None:
    """Let a lead appear at one of the free sites, which is then not free any more."""
    if not free:
        return
    chance, land, now = world.random, territory(world), mood(world)
    site = free.pop(chance.integer(0, len(free) - 1))
    size = chance.choice([s for s in SIZES for _ in range(s.weight)])
    value = int(chance.integer(size.least, size.most) * 1_000 * now.value)
    patience = int(size.patience * now.patience * chance.uniform(0.8, 1.2))
    lead = Lead(
        company=f"{chance.choice(land.companies)} {site + 1}",
        site=site,
        size=size.name,
        value=value,
        budget=int(value * chance.uniform(0.72, 1.04)) // 100 * 100,
        until=world.tick + patience,
    )
    body = Body(kind="static", shapes=(Circle(radius=LEAD_RADIUS, friction=0.0),))
    entity = world.spawn(lead, body, Position(*land.sites[site]), tags=("lead",))
    world.after(patience, "cool_down", entity)


def cool_down(world: World, entity: Any) -> None:
    """Let a lead go whose patience is over; one that was met meanwhile waits longer."""
    lead = world.find(entity, Lead) if world.exists(entity) else None
    if lead is None or lead.decides:
        return
    if world.tick < lead.until:
        world.after(lead.until - world.tick, "cool_down", entity)
        return
    for seller, deal in lead.deals.items():
        rep = world.find(int(seller), Rep)
        if rep is not None and deal.stage != "lead":
            rep.lost += 1
            rep.streak = 0
            lost = {"lead": entity, "company": lead.company, "player": rep.player, "to": "nobody"}
            world.signal("deal_lost", lost, to=to_player(rep.player))
    remove_lead(world, entity, lead)


def remove_lead(world: World, entity: int, lead: Lead) -> None:
    """Take a lead off the map; whoever sits with it gets up."""
    if lead.host and world.has(lead.host, Meeting):
        world.remove(lead.host, Meeting)
    world.despawn(entity)
