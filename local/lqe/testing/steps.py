"""What can happen in a test: players come and go, send commands, and time passes."""

from typing import Any

import msgspec

from lqe.ecs.component import component_name
from lqe.scenario import Command


class Joined(msgspec.Struct, frozen=True):
    """Players come."""

    players: tuple[str, ...]


class Left(msgspec.Struct, frozen=True):
    """Players' connections end."""

    players: tuple[str, ...]


class After(msgspec.Struct, frozen=True):
    """Time passes: so many ticks, or so many seconds of the world's time."""

    ticks: int = 0
    seconds: float = 0.0


class Sent(msgspec.Struct, frozen=True):
    """A player sends a command."""

    player: str
    command: str
    args: dict[str, Any]


Step = Joined | Left | After | Sent


def joined(*players: str) -> Joined:
    """Let players come, one after the other."""
    return Joined(_some(players, "joined"))


def left(*players: str) -> Left:
    """Let players' connections end."""
    return Left(_some(players, "left"))


def after(*, ticks: int = 0, seconds: float = 0.0) -> After:
    """Let time pass, recorded as often as the scenario's `clock_hz` says."""
    if ticks < 0 or seconds < 0 or (ticks > 0) == (seconds > 0):
        raise ValueError(f"expected ticks or seconds above 0, got {ticks=} and {seconds=}")
    return After(ticks, seconds)


def sent(player: str, order: Command | str, **args: Any) -> Sent:
    """Let a player send a command: `sent("ann", Brew(cups=3))` or `sent("ann", "brew", cups=3)`.

    Only the name of a command's type and its fields are used, as they come over the network.
    """
    if isinstance(order, str):
        return Sent(player, order, args)
    if args:
        raise TypeError(f"give arguments with a command's name or in the command, not both: {args}")
    return Sent(player, component_name(type(order)), msgspec.to_builtins(order))


def _some(players: tuple[str, ...], what: str) -> tuple[str, ...]:
    if not players or not all(isinstance(p, str) and p for p in players):
        raise ValueError(f"{what}(…) takes names of players, got {players!r}")
    return players
