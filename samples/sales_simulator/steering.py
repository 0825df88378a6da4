"""How everybody moves: towards a goal, with momentum, all of them at once."""

import numpy as np

from lqe.ecs import Position, Velocity
from lqe.physics import Body, Circle
from lqe.scenario import World

from .components import Steering
from .rules import ACCELERATION, BRAKING, REP_RADIUS, VIA_REACHED
from .territory import Point, territory

STEER_EVERY = 2


def walker() -> Body:
    """Return the body of somebody who walks; it never turns."""
    return Body(shapes=(Circle(radius=REP_RADIUS, friction=0.0, elasticity=0.4),), moment=None)


def aim(world: World, entity: int, goal: Point) -> None:
    """Let somebody walk to a point, over a bridge if the river is in between."""
    at = world.get(entity, Position)
    via = territory(world).via((at.x, at.y), goal)
    top = world.get(entity, Steering).top
    world.write(entity, Steering(*via, *goal, top, moving=True))


def halt(world: World, entity: int) -> None:
    """Let somebody slow down and stand."""
    old = world.get(entity, Steering)
    world.write(entity, Steering(old.x, old.y, old.goal_x, old.goal_y, old.top, moving=False))


def set_top(world: World, entity: int, top: float) -> None:
    """Change how fast somebody can walk."""
    old = world.get(entity, Steering)
    if old.top != top:
        world.write(entity, Steering(old.x, old.y, old.goal_x, old.goal_y, top, old.moving))


def steer(world: World) -> None:
    """Change velocities towards the wanted ones, by no more than momentum allows."""
    (goal,) = world.columns(Steering, writes=(Steering,))
    if not len(goal.ids):
        return
    at, speed = world.columns(Position, Velocity, writes=(Velocity,))
    rows = at.ids.searchsorted(goal.ids)
    dx, dy = goal.x - at.x[rows], goal.y - at.y[rows]
    far = np.sqrt(dx * dx + dy * dy)
    passed = far < VIA_REACHED
    np.copyto(goal.x, goal.goal_x, where=passed)
    np.copyto(goal.y, goal.goal_y, where=passed)
    wanted = np.minimum(goal.top, far * BRAKING) * goal.moving / np.maximum(far, 1e-6)
    vx, vy = speed.dx[rows], speed.dy[rows]
    ax, ay = dx * wanted - vx, dy * wanted - vy
    size = np.sqrt(ax * ax + ay * ay)
    part = np.minimum(1.0, ACCELERATION * world.dt * STEER_EVERY / np.maximum(size, 1e-6))
    speed.dx[rows] = vx + ax * part
    speed.dy[rows] = vy + ay * part
