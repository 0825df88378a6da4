"""A bot: sees what a player sees, and plays by rules of thumb. No two have the same character."""

from math import sqrt
from typing import Any

from lqe.rng import Random

from .rules import MOST_DISCOUNT, PROPOSAL_COST, TOP_SPEED, meetings_needed

Document = dict[str, Any]
Order = tuple[str, dict[str, Any]]

_OFFICE = "office"
_MEETING_S = 3.0
_RESERVE = 500
_NEAR_OFFICE = 60.0
_LOYALTY = 1.6
_CROWDED = 220.0
_DOOR = 30.0
_STUCK = 4.0
_STUCK_LOOKS = 4


class Bot:
    """Plays one rep: invests in breaks, goes for near and valuable leads, prices to the budget."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._generous = rng.uniform(0.0, 0.1)
        self._careful = rng.uniform(0.35, 0.75)
        self._invests = rng.chance(0.7)
        self._target = ""
        self._last = (0.0, 0.0)
        self._still = 0

    def decide(self, view: Document) -> list[Order]:
        """Return what to do now, as (command, arguments)."""
        world, you = view["world"], view["you"]
        me = world.get("reps", {}).get(str(you.get("rep", "")))
        if me is None:
            return []
        if world["quarter"]["phase"] != "selling":
            return self._rest(world, you, me)
        return [*self._proposals(world, you), *self._way(world, you, me)]

    def _rest(self, world: Document, you: Document, me: Document) -> list[Order]:
        """Go to the head office and learn what can be paid for."""
        x, y = world["territory"]["office"]
        if _distance(me, {"x": x, "y": y}) > _NEAR_OFFICE:
            return self._set_out(x, y)
        prices = {k: p for k, p in you["prices"].items() if you["budget"] >= p + _RESERVE}
        if not self._invests or not prices:
            return []
        return [("invest", {"what": self._rng.choice(sorted(prices))})]

    def _set_out(self, x: float, y: float) -> list[Order]:
        if self._target == _OFFICE:
            return []
        self._target = _OFFICE
        dx, dy = self._rng.uniform(-30.0, 30.0), self._rng.uniform(-30.0, 30.0)
        return [("travel", {"x": x + dx, "y": y + dy})]

    def _proposals(self, world: Document, you: Document) -> list[Order]:
        """Propose to the first client who is ready, at a price that fits the budget."""
        if you["budget"] < PROPOSAL_COST:
            return []
        for key, deal in you["deals"].items():
            lead = world["leads"].get(key)
            if lead is None or deal["stage"] != "qualified" or self._meets_again(lead, deal):
                continue
            fit = 1.0 - deal["budget"] / lead["value"] + self._generous
            discount = round(min(MOST_DISCOUNT, max(0.0, fit)), 3)
            return [("propose", {"lead": int(key), "discount": discount})]
        return []

    def _meets_again(self, lead: Document, deal: Document) -> bool:
        """Say whether another meeting is needed, or worth its time."""
        if deal["meetings"] < meetings_needed(lead["size"]):
            return True
        if "decides" in lead or lead["waits"] < 20 or deal["meetings"] >= 3:
            return False
        return bool(lead["size"] != "small" and deal["chance"] < self._careful)

    def _way(self, world: Document, you: Document, me: Document) -> list[Order]:
        """Go on to the target, or to a better one; find a way around when stuck."""
        if "meeting" in me:
            self._still = 0
            return []
        others = [*world["reps"].values(), *world["competitors"].values()]
        others.remove(me)
        worth = {
            key: self._worth(lead, you["deals"].get(key), me) / _crowd(lead, me, others)
            for key, lead in sorted(world["leads"].items())
        }
        best = max(worth, key=lambda key: worth[key], default="")
        if not best or worth[best] <= 0.0:
            return []
        if self._is_stuck(world, me):
            self._target = ""
            return [("travel", self._aside(world, me))]
        if worth.get(self._target, 0.0) * _LOYALTY >= worth[best]:
            return []
        self._target = best
        return [("visit", {"lead": int(best)})]

    def _is_stuck(self, world: Document, me: Document) -> bool:
        """Say whether the rep has not moved for some looks, away from the door it wants."""
        moved = _distance(me, {"x": self._last[0], "y": self._last[1]})
        self._last = (me["x"], me["y"])
        lead = world["leads"].get(self._target)
        at_door = lead is not None and _distance(me, lead) < _DOOR
        self._still = 0 if moved > _STUCK or at_door else self._still + 1
        return self._still % _STUCK_LOOKS == _STUCK_LOOKS - 1

    def _worth(self, lead: Document, deal: Document | None, me: Document) -> float:
        """Return a lead's expected value by the second, 0 if there is nothing to do there."""
        way = _distance(me, lead) / TOP_SPEED
        wait = deal["rests"] if deal else 0.0
        if deal and (deal["stage"] == "proposal" or not self._meets_again(lead, deal)):
            return 0.0
        if lead["waits"] < way + _MEETING_S or ("decides" in lead and lead["decides"] < way + 3):
            return 0.0
        value: float = lead["value"] / (1.0 + lead["offers"])
        busy = 2.0 if "host" in lead else 0.0
        needed = meetings_needed(lead["size"]) * 2.0 + _MEETING_S
        return value / (max(way, wait) + busy + needed)

    def _aside(self, world: Document, me: Document) -> Document:
        land = world["territory"]
        x = me["x"] + self._rng.uniform(-120.0, 120.0)
        y = me["y"] + self._rng.uniform(-120.0, 120.0)
        return {"x": min(land["width"], max(0.0, x)), "y": min(land["height"], max(0.0, y))}


def _crowd(lead: Document, me: Document, others: list[Document]) -> float:
    """Return by how much a lead is less worth because of others who are nearer to it."""
    mine = min(_CROWDED, _distance(me, lead))
    return 1.0 + sum(1.0 for other in others if _distance(other, lead) < mine)


def _distance(a: Document, b: Document) -> float:
    dx, dy = a["x"] - b["x"], a["y"] - b["y"]
    return sqrt(dx * dx + dy * dy)
