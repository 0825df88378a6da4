"""Meetings: they begin on contact, take time, end by themselves, and break when parted."""

from lqe.scenario import World, to_player

from .calendar import selling
from .components import Competitor, Deal, Lead, Meeting, Rep
from .rules import ASSISTANT_SAVES, GOODWILL, LUNCH, MEETING, MOST_MEETINGS, REST


def begin_meetings(world: World) -> None:
    """Seat one of those who stand at a lead's free room; who of them, is chance and not rank."""
    if not selling(world):
        return
    seated: dict[int, None] = {}
    for seller, entity in world.random.shuffled(_waiting(world)):
        lead = world.get(entity, Lead)
        if not lead.host and seller not in seated:
            _sit_down(world, seller, entity, lead)
            seated[seller] = None


def _waiting(world: World) -> list[tuple[int, int]]:
    """Return (seller, lead) of those who touch and may begin a meeting."""
    found, tick = [], world.tick
    free = {entity: lead for entity, lead in world.query(Lead) if not lead.host}
    for a, b in world.contacts:
        seller, entity = (a, b) if b in free else (b, a)
        lead = free.get(entity)
        if lead is None:
            continue
        deal = lead.deal(seller) or Deal()
        rested = tick >= deal.ready and deal.meetings < MOST_MEETINGS
        if not rested or world.has(seller, Meeting):
            continue
        if world.has(seller, Rep) or world.has(seller, Competitor):
            found.append((seller, entity))
    return found


def _sit_down(world: World, seller: int, entity: int, lead: Lead) -> None:
    lead.deals.setdefault(str(seller), Deal())
    lead.host = seller
    rep = world.find(seller, Rep)
    length = MEETING - (ASSISTANT_SAVES * rep.skill("assistant") if rep else 0)
    world.add(seller, Meeting(lead=entity, ends=world.tick + length))
    _tell(world, "meeting_began", seller, entity, lead)


def end_meetings(world: World) -> None:
    """End the meetings whose time has come, and break those whose seller was parted from them."""
    meetings = list(world.query(Meeting))
    if not meetings:
        return
    touching = dict.fromkeys(world.contacts)
    for seller, meeting in meetings:
        lead = world.get(meeting.lead, Lead)
        pair = (min(seller, meeting.lead), max(seller, meeting.lead))
        if pair not in touching:
            _tell(world, "meeting_broken", seller, meeting.lead, lead)
        elif world.tick >= meeting.ends:
            _conclude(world, seller, meeting.lead, lead)
        else:
            continue
        lead.host = 0
        world.remove(seller, Meeting)


def _conclude(world: World, seller: int, entity: int, lead: Lead) -> None:
    deal = lead.deals[str(seller)]
    deal.meetings += 1
    deal.ready = world.tick + REST
    if deal.stage == "lead":
        deal.stage = "qualified"
    lead.until += GOODWILL
    rep = world.find(seller, Rep)
    if rep is not None:
        rep.budget = max(0, rep.budget - LUNCH)
    _tell(world, "meeting_held", seller, entity, lead)


def leave_meeting(world: World, seller: int) -> None:
    """Let a seller get up from a meeting, if it sits in one."""
    meeting = world.find(seller, Meeting)
    if meeting is not None:
        world.get(meeting.lead, Lead).host = 0
        world.remove(seller, Meeting)


def _tell(world: World, what: str, seller: int, entity: int, lead: Lead) -> None:
    rep = world.find(seller, Rep)
    if rep is not None:
        data = {"lead": entity, "company": lead.company, "player": rep.player}
        world.signal(what, data, to=to_player(rep.player))
