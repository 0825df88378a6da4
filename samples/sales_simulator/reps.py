"""Sales reps: they come and go with their players, and travel."""

from typing import Annotated

from msgspec import Meta

from lqe.ecs import Position, Velocity
from lqe.physics import Body, Rotation
from lqe.scenario import Command, Refused, World

from .calendar import calendar
from .components import Lead, Rep, Steering
from .meetings import leave_meeting
from .rules import (
    CAR_SPEED,
    FOOT_SPEED,
    FUEL_A_SECOND,
    LEAST_QUOTA_SHARE,
    QUARTER,
    TOP_SPEED,
)
from .steering import aim, halt, set_top, walker
from .territory import territory


class Travel(Command, frozen=True):
    """Walk to a point of the map; the rep finds the bridge. Fuel is paid by the second."""

    x: Annotated[float, Meta(description="How far east, from 0.")]
    y: Annotated[float, Meta(description="How far south, from 0.")]


class Visit(Command, frozen=True):
    """Walk to a lead's door; a meeting begins when the rep touches it and the room is free."""

    lead: Annotated[int, Meta(description="The lead's id in the shared view.")]


class Stop(Command, frozen=True):
    """Stand where you are. A meeting goes on."""


def rep_of(world: World, player: str) -> int:
    """Return the entity of a player's rep."""
    return world.one(f"player:{player}")


def lead_of(world: World, lead: int) -> Lead:
    """Return a lead that a command names, or refuse the command."""
    found = world.find(lead, Lead) if world.exists(lead) else None
    if found is None:
        raise Refused("no_such_lead", f"there is no lead {lead}, or not any more")
    return found


def join(world: World, player: str) -> None:
    """Put a player's rep before the head office; one who was here before has kept everything."""
    door = territory(world).office
    at = Position(
        door[0] + world.random.uniform(-30.0, 30.0), door[1] + world.random.uniform(-30.0, 30.0)
    )
    body = (walker(), at, Velocity(), Steering(at.x, at.y, at.x, at.y, TOP_SPEED, moving=False))
    known = world.tagged(f"player:{player}")
    if known:
        for part in body:
            world.add(known[0], part)
        return
    quarter = calendar(world)
    share = max(LEAST_QUOTA_SHARE, (quarter.ends - world.tick) / QUARTER)
    quota = int(quarter.quota * share) if quarter.phase == "selling" else quarter.quota
    world.spawn(Rep(player=player, quota=quota), *body, tags=(f"player:{player}",))


def leave(world: World, player: str) -> None:
    """Take a rep off the map; what it earned stays."""
    rep = rep_of(world, player)
    leave_meeting(world, rep)
    for kind in (Body, Position, Velocity, Rotation, Steering):
        world.remove(rep, kind)


def travel(world: World, player: str, order: Travel) -> None:
    """Set out for a point."""
    land = territory(world)
    if not land.contains(order.x, order.y):
        raise Refused("off_the_map", f"the map is {land.width:.0f} by {land.height:.0f}")
    aim(world, rep_of(world, player), (order.x, order.y))


def visit(world: World, player: str, order: Visit) -> None:
    """Set out for a lead."""
    lead_of(world, order.lead)
    at = world.get(order.lead, Position)
    aim(world, rep_of(world, player), (at.x, at.y))


def stop(world: World, player: str, _order: Stop) -> None:
    """Stand still, or refuse to do what is being done."""
    rep = rep_of(world, player)
    if not world.get(rep, Steering).moving:
        raise Refused("standing", "the rep stands already")
    halt(world, rep)


def pay_fuel(world: World) -> None:
    """Charge a second of travel; whoever cannot pay it goes on foot."""
    (walk,) = world.columns(Steering)
    tops = dict(zip(walk.ids.tolist(), walk.top.tolist(), strict=True))
    for entity, rep, speed in world.query(Rep, Velocity):
        square = speed.dx * speed.dx + speed.dy * speed.dy
        if square > 900.0 and rep.budget > 0:
            rep.budget = max(0, rep.budget - FUEL_A_SECOND)
        drives = TOP_SPEED + CAR_SPEED * rep.skill("car")
        top = drives if rep.budget > 0 else FOOT_SPEED
        if tops[entity] != top:
            set_top(world, entity, top)
