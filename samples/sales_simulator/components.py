"""What the things of this game are made of."""

from typing import Literal

import msgspec

from lqe.ecs import Column, Component

from .rules import START_BUDGET, STEADY, Skill

Stage = Literal["lead", "qualified", "proposal"]
Phase = Literal["lobby", "selling", "break"]


class Steering(Column, frozen=True):
    """Where somebody walks: to (x, y) first and from there to the goal, at `top` speed."""

    x: float = 0.0
    y: float = 0.0
    goal_x: float = 0.0
    goal_y: float = 0.0
    top: float = 0.0
    moving: bool = False


class Rep(Component):
    """A player's sales rep. What is above `career` begins anew each quarter, the rest stays."""

    player: str
    quota: int = 0
    revenue: int = 0
    won: int = 0
    lost: int = 0
    streak: int = 0
    career: int = 0
    crowns: int = 0
    title: int = 0
    budget: int = START_BUDGET
    skills: dict[str, int] = {}

    def skill(self, name: Skill) -> int:
        """Return the level of a skill, from 0."""
        return self.skills.get(name, 0)


class Competitor(Component):
    """A rival sales rep: his `target` is a lead, given up at tick `until`; 0 is none."""

    name: str
    level: int
    target: int = 0
    until: int = 0
    won: int = 0


class Deal(msgspec.Struct, forbid_unknown_fields=True):
    """How far one seller has come with one lead; no further meeting before tick `ready`."""

    stage: Stage = "lead"
    meetings: int = 0
    ready: int = 0
    discount: float = 0.0


class Lead(Component):
    """A client who wants to buy, until tick `until`; `budget` is known to those who qualified.

    `host` is the seller in the meeting room, `decides` the tick of the decision; 0 is none.
    """

    company: str
    site: int
    size: str
    value: int
    budget: int
    until: int
    host: int = 0
    decides: int = 0
    deals: dict[str, Deal] = {}

    def deal(self, seller: int) -> Deal | None:
        """Return the deal of a seller, or None."""
        return self.deals.get(str(seller))


class Meeting(Component):
    """A seller sits with a lead, until tick `ends`."""

    lead: int
    ends: int


class Standing(msgspec.Struct, forbid_unknown_fields=True):
    """One line of a quarter's ranking."""

    player: str
    score: int
    revenue: int
    quota: int
    won: int


class Quarter(Component):
    """The calendar: which quarter, selling or break, until when, and the last ranking."""

    number: int = 0
    phase: Phase = "lobby"
    ends: int = 0
    quota: int = 0
    mood: str = STEADY.name
    ranking: list[Standing] = []
