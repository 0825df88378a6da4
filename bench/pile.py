"""A heap of discs between walls, and a thin gas: in our engine, and in bare pymunk."""

import pymunk

from lqe.ecs import Position, Velocity
from lqe.events import ClockAdvanced, PlayerJoined, WorldOpened
from lqe.fold import Fold
from lqe.limits import Limits
from lqe.physics import Body, Circle, Segment, SpaceRules
from lqe.scenario import Rules, Scenario, World

TICK_US = 16_000
DT = TICK_US / 1_000_000
RADIUS = 4.0
MOMENT = 8.0
_WALL = 2_000.0


def places(count: int) -> tuple[list[tuple[float, float]], float]:
    """Return where discs start, and half the width between the walls."""
    wide = max(20, int(count**0.5))
    at = [
        ((i % wide) * 9.0 + (i // wide % 2) * 3 - wide * 4.5, 10 + (i // wide) * 9.0)
        for i in range(count)
    ]
    return at, wide * 4.5 + 15


def _walls(half: float) -> list[tuple[float, float, float, float]]:
    return [(-half, 0, half, 0), (-half, 0, -half, _WALL), (half, 0, half, _WALL)]


def _speed(place: int) -> tuple[float, float]:
    """Return a gas disc's velocity: rows drift sideways, each at its own pace, and never meet."""
    return 0.2 * (place // 20 % 5 - 2), 0.0


def scenario(count: int, *, read: bool, gas: bool = False) -> Scenario:
    """Return a scenario of `count` discs; with `read`, a system reads state and contacts."""
    space = SpaceRules(gravity=(0.0, 0.0 if gas else -900.0), contacts=read)
    game = Scenario("pile", rules=Rules(tick_us=TICK_US, space=space))

    @game.opening
    def opening(world: World) -> None:
        at, half = places(count)
        scale = 4.0 if gas else 1.0
        for x1, y1, x2, y2 in _walls(half * scale):
            wall = Segment(x1=x1, y1=y1, x2=x2, y2=y2, radius=2.0)
            world.spawn(Body(kind="static", shapes=(wall,)))
        for place, (x, y) in enumerate(at):
            disc = Circle(radius=0.5 if gas else RADIUS)
            world.spawn(
                Body(shapes=(disc,), moment=None if gas else MOMENT),
                Position(x * scale, y * scale),
                Velocity(*(_speed(place) if gas else (0.0, 0.0))),
            )

    if read:

        @game.system()
        def look(world: World) -> None:
            position, velocity = world.columns(Position, Velocity)
            assert len(position.x) == len(velocity.dx)
            assert world.began is not None

    return game


class Ours:
    """A fold of the pile, advanced in commits of some ticks, keyframes included."""

    def __init__(self, game: Scenario) -> None:
        self.fold = Fold(lambda _: game)
        rules = game.rules
        opened = WorldOpened(
            scenario="pile", rules=1, seed=bytes(32), tick_us=rules.tick_us,
            keyframe_interval=rules.keyframe_interval, limits=Limits(),
        )  # fmt: skip
        self.fold.fold(0, opened)
        self.fold.fold(1, PlayerJoined(player="p", session="s"))
        self._position = 1
        self._tick = 0

    def advance(self, ticks: int) -> None:
        self._position += 1
        self._tick += ticks
        self.fold.fold(self._position, ClockAdvanced(tick=self._tick))


class Bare:
    """The same pile in pymunk alone."""

    def __init__(self, count: int, *, gas: bool = False) -> None:
        at, half = places(count)
        self.space = pymunk.Space()
        self.space.gravity = (0, 0.0 if gas else -900.0)
        scale = 4.0 if gas else 1.0
        for x1, y1, x2, y2 in _walls(half * scale):
            wall = pymunk.Body(body_type=pymunk.Body.STATIC)
            segment = pymunk.Segment(wall, (x1, y1), (x2, y2), 2.0)
            segment.friction = 0.5
            self.space.add(wall, segment)
        for place, (x, y) in enumerate(at):
            body = pymunk.Body(1.0, float("inf") if gas else MOMENT)
            body.position = (x * scale, y * scale)
            if gas:
                body.velocity = _speed(place)
            shape = pymunk.Circle(body, 0.5 if gas else RADIUS)
            shape.friction = 0.5
            self.space.add(body, shape)

    def advance(self, ticks: int) -> None:
        step = self.space.step
        for _ in range(ticks):
            step(DT)
