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
from .territory import territory

Document = dict[str, Any]
Places = dict[int, tuple[float, float]]


def shared_view(world: World) -> Document:
    """Return what everybody sees: the land, the calendar, reps, leads and competitors."""
    now, today, places = calendar(world), mood(world), _places(world)
    meetings = {seller: meeting.lead for seller, meeting in world.query(Meeting)}
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
            str(e): _rep(rep, *places[e], meetings.get(e))
            for e, rep in world.query(Rep)
            if e in places
        },
        "leads": {str(e): _lead(lead, *places[e], world.tick) for e, lead in world.query(Lead)},
        "competitors": {
            str(e): _rival(rival, *places[e], meetings.get(e))
            for e, rival in world.query(Competitor)
        },
    }


def player_view(world: World, player: str) -> Document:
    """Return what one player sees: the own figures, skills and deals."""
    found = world.tagged(f"player:{player}")
    if not found:
        return {}
    me = found[0]
    rep, seller = world.get(me, Rep), str(me)
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
            skill: SKILL_COSTS[level]
            for skill in ("coaching", "car", "assistant")
            if (level := rep.skills.get(skill, 0)) < len(SKILL_COSTS)
        },
        "deals": {
            str(e): _deal(world, lead, deal, rep)
            for e, lead in world.query(Lead)
            if (deal := lead.deals.get(seller)) is not None
        },
    }


def _land(world: World) -> Document:
    land = territory(world)
    return {
        "width": land.width,
        "height": land.height,
        "office": list(land.office),
        "river": msgspec.structs.asdict(land.river) | {"bridges": list(land.river.bridges)},
        "trees": [list(tree) for tree in land.trees],
    }


def _places(world: World) -> Places:
    """Return where everything is, to a tenth of a unit."""
    (at,) = world.columns(Position)
    xs, ys = at.x.round(1).tolist(), at.y.round(1).tolist()
    return dict(zip(at.ids.tolist(), zip(xs, ys, strict=True), strict=True))


def _rep(rep: Rep, x: float, y: float, meeting: int | None) -> Document:
    seen: Document = {
        "x": x, "y": y, "player": rep.player, "title": TITLES[rep.title], "crowns": rep.crowns,
        "score": score_of(rep), "won": rep.won,
    }  # fmt: skip
    if meeting is not None:
        seen["meeting"] = meeting
    return seen


def _rival(rival: Competitor, x: float, y: float, meeting: int | None) -> Document:
    seen: Document = {"x": x, "y": y, "name": rival.name, "won": rival.won}
    if meeting is not None:
        seen["meeting"] = meeting
    return seen


def _lead(lead: Lead, x: float, y: float, tick: int) -> Document:
    seen: Document = {
        "x": x,
        "y": y,
        "company": lead.company,
        "size": lead.size,
        "value": lead.value,
        "waits": max(0, lead.until - tick) // SECOND,
        "offers": [deal.stage for deal in lead.deals.values()].count("proposal"),
    }
    if lead.host:
        seen["host"] = lead.host
    if lead.decides:
        seen["decides"] = max(0, lead.decides - tick) // SECOND
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
