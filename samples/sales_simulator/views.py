"""What players see: everybody the map and the market, each one the own desk."""

from typing import Any

import msgspec

from lqe.ecs import Position
from lqe.scenario import World

from .calendar import calendar, mood
from .components import Competitor, Deal, Lead, Meeting, Rep
from .pricing import chance_of_rep
from .rewards import score_of
from .rules import SECOND, SKILL_COSTS, TITLES
from .territory import MAP

Document = dict[str, Any]


def shared_view(world: World) -> Document:
    """Return what everybody sees: the land, the calendar, reps, leads and competitors."""
    now, today = calendar(world), mood(world)
    return {
        "territory": _land(world),
        "quarter": {
            "number": now.number,
            "phase": now.phase,
            "left": max(0, now.ends - world.tick) // SECOND,
            "quota": now.quota,
            "mood": today.name,
            "says": today.text,
            "ranking": msgspec.to_builtins(now.ranking),
        },
        "reps": {
            str(e): _place(at) | _rep(rep) | _busy(world, e)
            for e, rep, at in world.query(Rep, Position)
        },
        "leads": {
            str(e): _place(at) | _lead(world, lead) for e, lead, at in world.query(Lead, Position)
        },
        "competitors": {
            str(e): _place(at) | {"name": rival.name, "won": rival.won} | _busy(world, e)
            for e, rival, at in world.query(Competitor, Position)
        },
    }


def player_view(world: World, player: str) -> Document:
    """Return what one player sees: the own figures, skills and deals."""
    found = world.tagged(f"player:{player}")
    if not found:
        return {}
    me = found[0]
    rep = world.get(me, Rep)
    return {
        "rep": me,
        "budget": rep.budget,
        "quota": rep.quota,
        "revenue": rep.revenue,
        "score": score_of(rep),
        "lost": rep.lost,
        "streak": rep.streak,
        "career": rep.career,
        "skills": dict(rep.skills),
        "prices": {
            skill: SKILL_COSTS[rep.skill(skill)]
            for skill in ("coaching", "car", "assistant")
            if rep.skill(skill) < len(SKILL_COSTS)
        },
        "deals": {
            str(e): _deal(world, lead, deal, rep)
            for e, lead in world.query(Lead)
            if (deal := lead.deal(me)) is not None
        },
    }


def _land(world: World) -> Document:
    land = msgspec.json.decode(world.asset(MAP))
    return {k: land[k] for k in ("width", "height", "office", "river", "trees")}


def _place(at: Position) -> Document:
    return {"x": round(at.x, 1), "y": round(at.y, 1)}


def _busy(world: World, seller: int) -> Document:
    meeting = world.find(seller, Meeting)
    return {"meeting": meeting.lead} if meeting is not None else {}


def _rep(rep: Rep) -> Document:
    return {
        "player": rep.player, "title": TITLES[rep.title], "crowns": rep.crowns,
        "score": score_of(rep), "won": rep.won,
    }  # fmt: skip


def _lead(world: World, lead: Lead) -> Document:
    seen: Document = {
        "company": lead.company,
        "size": lead.size,
        "value": lead.value,
        "waits": max(0, lead.until - world.tick) // SECOND,
        "offers": sum(1 for d in lead.deals.values() if d.stage == "proposal"),
    }
    if lead.host:
        seen["host"] = lead.host
    if lead.decides:
        seen["decides"] = max(0, lead.decides - world.tick) // SECOND
    return seen


def _deal(world: World, lead: Lead, deal: Deal, rep: Rep) -> Document:
    seen: Document = {
        "stage": deal.stage,
        "meetings": deal.meetings,
        "rests": max(0, deal.ready - world.tick) // SECOND,
    }
    if deal.stage != "lead":
        seen["budget"] = lead.budget
        seen["chance"] = round(chance_of_rep(lead, deal, deal.discount, rep, mood(world)), 2)
    if deal.stage == "proposal":
        seen["discount"] = deal.discount
    return seen
