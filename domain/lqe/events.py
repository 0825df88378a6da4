"""The events of a world's log. Names are versioned and frozen; a changed meaning is a new name."""

from typing import Any, Literal

import msgspec

from lqe.errors import BadInput

from .bus import CommandBus
from .inbound import InboundCommand
from .limits import Limits


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """What every event carries.

    `tick` is the world's clock, `at_us` the time it stands for. `sealed` holds personal data
    under a key of its subject; nothing in the fold ever decodes it.
    """

    tick: int = 0
    at_us: int = 0
    sealed: bytes = b""


class WorldOpened(Event, frozen=True, tag="world.opened.v1"):
    """A world begins: its scenario by digest, its chance by seed, its clock and its limits."""

    scenario: str
    rules: int
    seed: bytes
    tick_us: int
    keyframe_interval: int
    limits: Limits


class PlayerJoined(Event, frozen=True, tag="player.joined.v1"):
    """A player's session enters, or comes back after its connection was lost.

    `connection` names the connection, so that the end of an older one is known for that.
    """

    player: str
    session: str
    connection: str = ""


class PlayerLeft(Event, frozen=True, tag="player.left.v1"):
    """A session's connection is gone; the session can come back.

    Says nothing of a session that has another connection by now; with no name, it is any.
    """

    player: str
    session: str
    connection: str = ""


class CommandSubmitted(Event, frozen=True, tag="command.submitted.v1"):
    """A player's command: `args` is a MessagePack map, `seq` counts in its session."""

    player: str
    session: str
    seq: int
    name: str
    args: bytes = b"\x80"
    not_after: int | None = None


class ClockAdvanced(Event, frozen=True, tag="clock.advanced.v1"):
    """Time passed in which nobody acted."""


class KeyframeRecorded(Event, frozen=True, tag="keyframe.recorded.v1"):
    """A fold attests the state digest that it reached at a keyframe."""

    keyframe: int
    position: int
    digest: str
    profile: str


class BurstCompleted(Event, frozen=True, tag="burst.completed.v1"):
    """A computation outside the fold is done; its result is named by digest."""

    burst: str
    result: str


class ScriptPublished(Event, frozen=True, tag="script.published.v1"):
    """A script is in force, named by digest."""

    script: str


class ScenarioUpgradedV1(Event, frozen=True, tag="scenario.upgraded.v1"):
    """As its successor, but the code in force is let migrate its own state once more."""

    scenario: str


class ScenarioUpgraded(ScenarioUpgradedV1, frozen=True, tag="scenario.upgraded.v2"):
    """The scenario's code changes at the next keyframe, or at once if the world is halted.

    Of the code in force it takes back a change that waits for its keyframe, and does nothing else.
    """


class SubjectErased(Event, frozen=True, tag="subject.erased.v1"):
    """A person's key was destroyed; what was sealed for them cannot be read any more."""

    player: str


class WorldClosed(Event, frozen=True, tag="world.closed.v1"):
    """The world ends: nothing moves in it any more, for a reason that its players are told."""

    reason: str = ""


class EventPassed(Event, frozen=True, tag="event.passed.v1"):
    """Somebody decided about the event at `passed`, which cannot be folded: it is passed over.

    With the `part` "event" it does not happen; with "ticks" the world halts before the ticks that
    come with it, until its scenario is upgraded. It counts from the event itself on, unless a
    keyframe beyond the tick `since`, that of the event before, was recorded first.
    """

    passed: int
    part: Literal["event", "ticks"]
    since: int
    reason: str
    by: str


AnyEvent = (
    WorldOpened
    | PlayerJoined
    | PlayerLeft
    | CommandSubmitted
    | ClockAdvanced
    | KeyframeRecorded
    | BurstCompleted
    | ScriptPublished
    | ScenarioUpgradedV1
    | ScenarioUpgraded
    | SubjectErased
    | WorldClosed
    | EventPassed
)

# Records of the engine itself: they carry the tick before them and never move the clock.
BOOKKEEPING = (KeyframeRecorded, BurstCompleted, ScriptPublished, SubjectErased, EventPassed)


def event_name(event: Event) -> str:
    """Return the event's versioned wire name."""
    return str(event.__struct_config__.tag)


def plain_args(event: CommandSubmitted) -> dict[str, Any]:
    """Return a command's arguments as plain values, whatever its scenario says of them."""
    try:
        args = msgspec.msgpack.decode(event.args)
    except msgspec.DecodeError as error:
        raise BadInput(f"the arguments of {event.name} are no MessagePack: {error}") from None
    if not isinstance(args, dict):
        raise BadInput(f"the arguments of {event.name} must be a map, got {type(args).__name__}")
    return args


command_bus = CommandBus()

__all__ = [
    "BOOKKEEPING",
    "AnyEvent",
    "BurstCompleted",
    "ClockAdvanced",
    "CommandSubmitted",
    "Event",
    "EventPassed",
    "InboundCommand",
    "KeyframeRecorded",
    "PlayerJoined",
    "PlayerLeft",
    "ScenarioUpgraded",
    "ScenarioUpgradedV1",
    "ScriptPublished",
    "SubjectErased",
    "WorldClosed",
    "WorldOpened",
    "command_bus",
    "event_name",
    "plain_args",
]
