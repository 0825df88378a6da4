"""Investing: a rep who is at the head office turns budget into skills that stay."""

from typing import Annotated

from msgspec import Meta

from lqe.ecs import Position
from lqe.scenario import Command, Refused, World, to_player

from .components import Rep
from .reps import rep_of
from .rules import OFFICE_REACH, SKILL_COSTS, Skill
from .territory import territory


class Invest(Command, frozen=True):
    """Spend budget at the head office on a skill: three levels each, dearer each time."""

    what: Annotated[
        Skill,
        Meta(
            description="coaching: better chances; car: higher speed; assistant: shorter meetings."
        ),
    ]


def invest(world: World, player: str, order: Invest) -> None:
    """Raise a skill by a level."""
    entity = rep_of(world, player)
    rep, at, office = world.get(entity, Rep), world.get(entity, Position), territory(world).office
    dx, dy = at.x - office[0], at.y - office[1]
    if dx * dx + dy * dy > OFFICE_REACH * OFFICE_REACH:
        raise Refused("not_at_the_office", "skills are learned at the head office: go there first")
    level = rep.skill(order.what)
    if level == len(SKILL_COSTS):
        raise Refused("nothing_to_learn", f"{order.what} is at its highest level")
    if rep.budget < SKILL_COSTS[level]:
        raise Refused("no_budget", f"it costs {SKILL_COSTS[level]}, you have {rep.budget}")
    rep.budget -= SKILL_COSTS[level]
    rep.skills[order.what] = level + 1
    learned = {"player": player, "what": order.what, "level": level + 1}
    world.signal("skill_learned", learned, to=to_player(player))
