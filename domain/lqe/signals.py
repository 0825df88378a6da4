"""Signals: what the fold tells the outside, and whom."""

from typing import Any

import msgspec

OBSERVERS = "observers"
EVERYONE = "everyone"

# Signals that observers of the engine itself listen for.
ACHIEVEMENT = "achievement"
USAGE = "usage"
NEAR_QUORUM = "quorum_near"
QUORUM = "quorum_reached"
UPGRADED = "scenario_upgraded"
CLOSED = "world_closed"


class Signal(msgspec.Struct, frozen=True):
    """A domain event of a world: `audience` is observers, everyone, player:ID or entity:ID.

    Observers get every signal. Its id is (world, position, index): the position of the event
    that was being folded, and its place among that event's signals.
    """

    name: str
    tick: int
    data: dict[str, Any] = {}
    audience: str = OBSERVERS


class Ending(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a world ended, as everybody in it is told: why, in words, and what it came to."""

    reason: str = ""
    result: dict[str, Any] = {}


def to_player(player: str) -> str:
    """Return the audience that is one player."""
    return f"player:{player}"


def to_those_who_see(entity: int) -> str:
    """Return the audience that is everybody who may see an entity."""
    return f"entity:{entity}"
