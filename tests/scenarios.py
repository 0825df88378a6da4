"""Toy scenarios that the tests share: a small game, and an arena where anything can happen."""

from __future__ import annotations

import math
from typing import Any, Literal

import msgspec

from lqe.ecs import AnyComponent, Column, Component, Position, Velocity
from lqe.physics import (
    Body,
    Circle,
    Force,
    Gear,
    Groove,
    Joint,
    Motor,
    Pin,
    Pivot,
    Ratchet,
    RotaryLimit,
    RotarySpring,
    Rotation,
    Segment,
    Slide,
    Spring,
    box,
)
from lqe.physics.components import JointKind, Shape
from lqe.scenario import EVERYONE, Command, Refused, Rules, Scenario, SpaceRules, World


class Wallet(Component):
    """What a player owns."""

    cash: float = 0.0
    notes: list[str] = msgspec.field(default_factory=list)


class Score(Column, frozen=True):
    """A column of mixed types."""

    points: float = 0.0
    moves: int = 0
    leading: bool = False


# A small game


class Earn(Command, frozen=True):
    """Take money."""

    amount: float


class Spend(Command, frozen=True):
    """Give money; refused as `no_cash`."""

    amount: float


class Drop(Command, frozen=True):
    """Let a box fall."""

    x: float
    y: float = 40.0
    turning: bool = False


class Fail(Command, frozen=True):
    """Change everything that a command can change, then fail in the way that is named."""

    how: Literal["error", "memory", "recursion", "nan", "signals", "entities", "later"]


class Sabotage(Command, frozen=True):
    """Let a system fail, at the named tick or later."""

    how: Literal["raise", "nan", "text", "half"]
    tick: int


class Wait(Command, frozen=True):
    """Signal `waited` in so many ticks."""

    ticks: int


def toy(
    *,
    quorum: int = 1,
    turns: bool = False,
    repaired: bool = False,
    contacts: bool = True,
) -> Scenario:
    """Return a small game: players with wallets, boxes that fall on a floor, ways to go wrong."""
    game = Scenario(
        "toy",
        components=(Wallet, Score),
        rules=Rules(quorum=quorum, space=SpaceRules(gravity=(0.0, -50.0), contacts=contacts)),
    )
    _toy_players(game)
    _toy_failures(game)
    _toy_systems(game, repaired=repaired)
    if turns:

        @game.turn
        def turn(world: World, player: str) -> bool:
            return world.players[0] == player

    return game


def avatar(world: World, player: str) -> int:
    """Return the entity that stands for a player."""
    return world.one(f"player:{player}")


def _toy_players(game: Scenario) -> None:
    @game.opening
    def open_world(world: World) -> None:
        floor = Segment(x1=-100.0, y1=0.0, x2=100.0, y2=0.0, radius=2.0)
        world.spawn(Body(kind="static", shapes=(floor,)), tags=("floor",))

    @game.joined
    def join(world: World, player: str) -> None:
        if player == "refused":
            raise Refused("not_you", "this player is never let in")
        world.spawn(
            Body(shapes=(Circle(radius=3.0),)),
            Position(world.random.uniform(-50, 50), 20),
            Wallet(cash=10),
            Score(),
            tags=(f"player:{player}",),
        )
        if player == "broken":
            raise ZeroDivisionError

    @game.command(Earn)
    def earn(world: World, player: str, order: Earn) -> None:
        wallet = world.get(avatar(world, player), Wallet)
        wallet.cash += order.amount
        wallet.notes.append("earned")
        world.signal("earned", {"by": player, "amount": order.amount})

    @game.command(Spend)
    def spend(world: World, player: str, order: Spend) -> None:
        entity = avatar(world, player)
        wallet = world.get(entity, Wallet)
        wallet.cash -= order.amount
        score = world.get(entity, Score)
        world.write(entity, Score(score.points + order.amount, score.moves + 1, True))
        if wallet.cash < 0:
            raise Refused("no_cash", f"needs {-wallet.cash} more")

    @game.command(Drop)
    def drop(world: World, player: str, order: Drop) -> None:
        moment = 20.0 if order.turning else None
        world.spawn(
            Body(shapes=(box(6.0, 6.0),), moment=moment), Position(order.x, order.y), tags=("box",)
        )

    @game.command(Wait)
    def wait(world: World, player: str, order: Wait) -> None:
        world.after(order.ticks, "waited", {"by": player})

    @game.scheduled
    def waited(world: World, data: Any) -> None:
        world.signal("waited", data, to=EVERYONE)


def _toy_failures(game: Scenario) -> None:
    @game.command(Fail)
    def fail(world: World, player: str, order: Fail) -> None:
        entity = avatar(world, player)
        wallet = world.get(entity, Wallet)
        wallet.cash = 1e9
        wallet.notes.append("never")
        world.write(entity, Velocity(99.0, 99.0))
        world.write(entity, Score(9.0, 9, True))
        world.spawn(Position(), Wallet(), tags=("never",))
        world.add(entity, Force(fx=5.0))
        world.tag(entity, "never")
        world.after(1, "waited", {"by": "never"})
        world.signal("never")
        world.random.random()
        _fail(world, wallet, order.how)

    @game.command(Sabotage)
    def sabotage(world: World, player: str, order: Sabotage) -> None:
        world.after(max(1, order.tick - world.tick), "sabotaged", order.how)

    @game.scheduled
    def sabotaged(world: World, data: Any) -> None:
        world.tag(world.one("floor"), f"sabotage:{data}")


def _fail(world: World, wallet: Wallet, how: str) -> None:
    if how == "nan":
        wallet.cash = math.nan
    elif how == "memory":
        raise MemoryError
    elif how == "recursion":
        raise RecursionError
    elif how == "signals":
        while True:
            world.signal("never")
    elif how == "entities":
        while True:
            world.spawn(Position())
    elif how == "later":
        while True:
            world.after(1, "waited")
    else:
        raise ZeroDivisionError


def _toy_systems(game: Scenario, *, repaired: bool) -> None:
    @game.system(every=2)
    def interest(world: World) -> None:
        for entity, wallet in world.query(Wallet):
            wallet.cash += 0.01 * len(world.touching(entity))
        boxes = world.tagged("box")
        if len(boxes) > 6:
            world.despawn(boxes[0])

    @game.system()
    def mishap(world: World) -> None:
        if repaired:
            return
        if world.tagged("sabotage:half"):
            for _, wallet in world.query(Wallet):
                wallet.cash = -1.0
            world.spawn(Position(), tags=("half",))
            world.random.random()
            world.signal("half")
            raise RuntimeError
        if world.tagged("sabotage:raise"):
            raise RuntimeError
        for _, wallet in world.query(Wallet):
            if world.tagged("sabotage:nan"):
                wallet.cash = math.nan
            if world.tagged("sabotage:text"):
                wallet.cash = "rich"


# An arena where anything can happen


class Build(Command, frozen=True):
    """Put a body, or a thing without one, into the arena."""

    form: int
    kind: Literal["dynamic", "kinematic", "static", "none"]
    x: float
    y: float
    dx: float
    dy: float
    turning: bool


class Tie(Command, frozen=True):
    """Join two bodies; `kind` is one of ten."""

    kind: int
    first: int
    second: int


class Touch(Command, frozen=True):
    """Do one of many things to one entity; `x`, `y`, `z` are its numbers."""

    what: Literal[
        "despawn", "place", "replace", "push", "repush", "turn", "force", "unforce", "reshape",
        "strip", "dress", "untie", "tag", "untag", "score", "unscore", "wallet", "spend", "later",
        "twice", "kick_and_despawn", "rebind",
    ]  # fmt: skip
    which: int
    x: float
    y: float
    z: float


class Stumble(Command, frozen=True):
    """Change several things, then fail."""


_WALLS = ((-70, 0, 70, 0), (-70, 0, -70, 100), (70, 0, 70, 100), (-70, 100, 70, 100))
_MOST_BODIES = 16


def arena(*, hold: int = 6, damping: float = 1.0) -> Scenario:
    """Return a scenario whose commands do everything that a scenario can do to bodies."""
    game = Scenario(
        "arena",
        components=(Wallet, Score),
        rules=Rules(
            space=SpaceRules(
                gravity=(0.0, -100.0), contacts=True, contact_hold=hold, damping=damping
            )
        ),
    )
    _arena_commands(game)
    _arena_systems(game)
    return game


def form_of(number: int) -> tuple[Shape, ...]:
    """Return one of eight outlines: single, compound, with a sensor, or none at all."""
    forms: tuple[tuple[Shape, ...], ...] = (
        (Circle(radius=4.0),),
        (box(7.0, 7.0),),
        (Segment(x1=-4.0, y1=0.0, x2=4.0, y2=1.0, radius=2.0),),
        (Circle(radius=3.0, x=-2.0), box(4.0, 9.0)),
        (box(8.0, 5.0), Circle(radius=7.0, sensor=True)),
        (Circle(radius=5.0, elasticity=0.7, friction=0.1),),
        (box(6.0, 6.0, radius=1.0), Circle(radius=2.0, x=5.0, group=3)),
        (),
    )
    return forms[number % len(forms)]


def joint_of(number: int) -> JointKind:
    """Return one of the ten kinds of joint."""
    kinds: tuple[JointKind, ...] = (
        Pin(distance=12.0, anchor_a=(1.0, 0.0)),
        Slide(least=5.0, most=15.0),
        Pivot(anchor_a=(4.0, 4.0), anchor_b=(-4.0, -4.0), max_force=5000.0),
        Groove(groove_a=(-9.0, 0.0), groove_b=(9.0, 2.0)),
        Spring(rest_length=12.0, stiffness=30.0, damping=1.5),
        RotarySpring(rest_angle=0.3, stiffness=80.0, damping=1.0),
        RotaryLimit(least=-0.7, most=0.9),
        Ratchet(phase=0.1, ratchet=0.5),
        Gear(phase=0.2, ratio=1.5),
        Motor(rate=2.0, collide=False),
    )
    return kinds[number % len(kinds)]


def _body(form: int, kind: str, *, turning: bool) -> Body:
    if kind == "kinematic":
        return Body(shapes=form_of(form), kind="kinematic")
    if kind == "static":
        return Body(shapes=form_of(form), kind="static")
    return Body(shapes=form_of(form), mass=1.0 + form % 3, moment=25.0 if turning else None)


def _pick(world: World, kind: type[AnyComponent], which: int) -> int:
    """Return one of the entities with that component, never a wall."""
    found: list[int] = [row[0] for row in world.query(kind) if row[0] > len(_WALLS)]
    if not found:
        raise Refused("nobody", "there is no such entity")
    return found[which % len(found)]


def _arena_commands(game: Scenario) -> None:
    @game.opening
    def open_arena(world: World) -> None:
        for x1, y1, x2, y2 in _WALLS:
            wall = Segment(x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2), radius=2.0)
            world.spawn(Body(kind="static", shapes=(wall,)), tags=("wall",))

    @game.joined
    def join(world: World, player: str) -> None:
        for form in range(4):
            at = Position(world.random.uniform(-50, 50), world.random.uniform(10, 80))
            body = _body(form, "dynamic", turning=world.random.chance(0.6))
            world.spawn(body, at, Wallet(cash=form), Score())

    @game.command(Build)
    def build(world: World, player: str, order: Build) -> None:
        place, speed = Position(order.x, order.y), Velocity(order.dx, order.dy)
        if order.kind == "none":
            world.spawn(place, speed, tags=("loose",))
        else:
            world.spawn(_body(order.form, order.kind, turning=order.turning), place, speed)

    @game.command(Tie)
    def tie(world: World, player: str, order: Tie) -> None:
        first, second = _pick(world, Body, order.first), _pick(world, Body, order.second)
        world.spawn(Joint(a=first, b=second, kind=joint_of(order.kind)))

    @game.command(Touch)
    def touch(world: World, player: str, order: Touch) -> None:
        _TOUCHES[order.what](world, order)

    @game.command(Stumble)
    def stumble(world: World, player: str, order: Stumble) -> None:
        entity = _pick(world, Body, 0)
        world.spawn(Body(shapes=form_of(0)), Position(0, 50))
        world.write(entity, Position(0, 0))
        world.despawn(entity)
        world.random.random()
        raise ZeroDivisionError

    @game.scheduled
    def visit(world: World, data: Any) -> None:
        world.spawn(Body(shapes=form_of(data["form"])), Position(data["x"], 80.0), tags=("guest",))


def _despawn(world: World, order: Touch) -> None:
    world.despawn(_pick(world, Position, order.which))


def _place(world: World, order: Touch) -> None:
    world.write(_pick(world, Position, order.which), Position(order.x, order.y))


def _replace(world: World, order: Touch) -> None:
    world.add(_pick(world, Position, order.which), Position(order.x, order.y))


def _push(world: World, order: Touch) -> None:
    world.write(_pick(world, Velocity, order.which), Velocity(order.x, order.y))


def _repush(world: World, order: Touch) -> None:
    world.add(_pick(world, Velocity, order.which), Velocity(order.x, order.y))


def _turn(world: World, order: Touch) -> None:
    world.write(_pick(world, Rotation, order.which), Rotation(order.z, order.x / 10.0))


def _force(world: World, order: Touch) -> None:
    world.add(_pick(world, Body, order.which), Force(order.x, order.y, order.z))


def _unforce(world: World, order: Touch) -> None:
    world.remove(_pick(world, Force, order.which), Force)


def _reshape(world: World, order: Touch) -> None:
    kind = "static" if order.z > 2.5 else "dynamic"
    world.add(_pick(world, Body, order.which), _body(int(order.z * 7), kind, turning=order.x > 0))


def _strip(world: World, order: Touch) -> None:
    world.remove(_pick(world, Body, order.which), Body)


def _dress(world: World, order: Touch) -> None:
    world.add(_pick(world, Position, order.which), _body(int(order.z * 5), "dynamic", turning=True))


def _untie(world: World, order: Touch) -> None:
    world.remove(_pick(world, Joint, order.which), Joint)


def _tag(world: World, order: Touch) -> None:
    world.tag(_pick(world, Position, order.which), "marked")


def _untag(world: World, order: Touch) -> None:
    world.untag(_pick(world, Position, order.which), "marked")


def _score(world: World, order: Touch) -> None:
    points = Score(order.x, order.which, order.y > 0)
    world.add(_pick(world, Position, order.which), points)


def _unscore(world: World, order: Touch) -> None:
    world.remove(_pick(world, Score, order.which), Score)


def _wallet(world: World, order: Touch) -> None:
    world.add(_pick(world, Position, order.which), Wallet(cash=order.x, notes=["new"]))


def _spend(world: World, order: Touch) -> None:
    wallet = world.get(_pick(world, Wallet, order.which), Wallet)
    wallet.cash -= order.x
    wallet.notes = [*wallet.notes[-3:], "spent"]


def _later(world: World, order: Touch) -> None:
    world.after(1 + order.which % 40, "visit", {"form": order.which, "x": order.x})


def _twice(world: World, order: Touch) -> None:
    entity = _pick(world, Body, order.which)
    world.remove(entity, Body)
    world.add(entity, _body(order.which, "dynamic", turning=False))
    world.despawn(_pick(world, Position, order.which + 1))


def _kick_and_despawn(world: World, order: Touch) -> None:
    entity = _pick(world, Body, order.which)
    world.add(entity, Velocity(order.x, order.y))
    world.despawn(entity)


def _rebind(world: World, order: Touch) -> None:
    entity = _pick(world, Joint, order.which)
    joint = world.get(entity, Joint)
    world.add(entity, Joint(a=joint.a, b=joint.b, kind=joint_of(order.which)))


_TOUCHES = {
    "despawn": _despawn, "place": _place, "replace": _replace, "push": _push, "repush": _repush,
    "turn": _turn, "force": _force, "unforce": _unforce, "reshape": _reshape, "strip": _strip,
    "dress": _dress, "untie": _untie, "tag": _tag, "untag": _untag, "score": _score,
    "unscore": _unscore, "wallet": _wallet, "spend": _spend, "later": _later, "twice": _twice,
    "kick_and_despawn": _kick_and_despawn, "rebind": _rebind,
}  # fmt: skip
TOUCHES = tuple(_TOUCHES)


def _arena_systems(game: Scenario) -> None:
    @game.system(every=7)
    def crowd(world: World) -> None:
        bodies = [row[0] for row in world.query(Body)][len(_WALLS) :]
        for entity in bodies[: max(0, len(bodies) - _MOST_BODIES)]:
            world.despawn(entity)
        joints = [row[0] for row in world.query(Joint)]
        for entity in joints[: max(0, len(joints) - 8)]:
            world.despawn(entity)

    @game.system(every=3)
    def steer(world: World) -> None:
        (speed,) = world.columns(Velocity, writes=(Velocity,))
        fast = speed.dx * speed.dx + speed.dy * speed.dy > 90_000.0
        speed.dx[fast] *= 0.5
        speed.dy[fast] *= 0.5

    @game.system(every=5)
    def keep_inside(world: World) -> None:
        for entity, at in world.query(Position):
            if not (-200.0 < at.x < 200.0 and -200.0 < at.y < 300.0):
                world.write(entity, Position(world.random.uniform(-40, 40), 50.0))

    @game.system()
    def reckon(world: World) -> None:
        for a, b in world.began:
            if world.has(a, Score) and world.has(b, Score):
                score = world.get(b, Score)
                world.write(b, Score(score.points + a * 0.1, score.moves + 1, not score.leading))
        for a, _ in world.ended:
            wallet = world.find(a, Wallet)
            if wallet is not None:
                wallet.cash += 0.1
        if world.tick % 11 == 0:
            for entity, wallet in world.query(Wallet, tag="marked"):
                wallet.cash += len(world.inside(entity))
            everybody = sum(1 for _ in world.query())
            world.signal("census", {"entities": everybody})
            for _, wallet in world.query(Wallet):
                wallet.notes = [*wallet.notes[-2:], str(everybody)]


def encode_order(order: Command) -> bytes:
    """Return a command's arguments as the log keeps them."""
    return msgspec.msgpack.encode(order)
