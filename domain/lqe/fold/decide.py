"""What one recorded event does to a world: accepted or refused, and never half done."""

import msgspec

from lqe.errors import Refused
from lqe.events import CommandSubmitted, PlayerJoined, PlayerLeft
from lqe.scenario import Scenario
from lqe.scenario.scenario import CommandKind
from lqe.scenario.schemas import decode_args
from lqe.signals import QUORUM
from lqe.world import Core, Fault, World
from lqe.world.players import Session

from .attempt import attempt
from .outcomes import Code, Outcome
from .seats import counted, note_left, take_seat

# Where a fault lies that kept a world from beginning.
STARTING = "starting"


def decide_join(
    core: Core, scenario: Scenario, event: PlayerJoined, position: int, *, passed: bool = False
) -> Outcome:
    """Let a player's session in, spawn what the scenario gives it, and start at the quorum.

    One that is `passed` over does not come in.
    """
    refusal = _may_join(core, event) or (_passed_over() if passed else None)
    if refusal is None:
        player = core.players.get(event.player)
        was_present = player is not None and player.present
        if not was_present and scenario.on_join is not None and core.life != "halted":
            refusal = attempt(core, lambda world: scenario.on_join(world, event.player))  # type: ignore[misc]
    if refusal is None:
        take_seat(core, event.player).enter(event.session, event.connection)
        start_at_quorum(core, scenario)
    return Outcome(
        position=position,
        tick=core.tick,
        player=event.player,
        session=event.session,
        code=refusal.code if refusal else None,
        reason=refusal.reason if refusal else None,
    )


def _may_join(core: Core, event: PlayerJoined) -> Refused | None:
    if core.life == "closed":
        return Refused(Code.WORLD_CLOSED, "the world is closed")
    if core.life == "halted" and event.player not in core.players:
        return Refused(Code.WORLD_FAULTED, "the world is halted until its scenario is upgraded")
    most = core.genesis.limits.max_players
    if event.player not in core.players and len(core.players) >= most:
        return Refused(Code.WORLD_FULL, f"the world has its {most} players")
    return None


def start_at_quorum(core: Core, scenario: Scenario) -> None:
    """Let time run once enough players have joined; a start that fails halts the world."""
    here = counted(core)
    if core.life != "lobby" or here < scenario.rules.quorum:
        return
    core.life = "running"
    begun = {"players": here, "clock_hz": scenario.rules.clock_hz}
    core.announce(QUORUM, begun)
    if scenario.on_start is not None:
        refusal = attempt(core, scenario.on_start)
        if refusal is not None:
            core.life, core.fault = "halted", Fault(core.tick, STARTING, refusal.code)
            core.announce("world_halted", {"where": STARTING, "kind": refusal.code})


def decide_leave(
    core: Core, scenario: Scenario, event: PlayerLeft, *, passed: bool = False
) -> None:
    """Note that a session's connection is gone, and tell the scenario when it was the last.

    Of one that is `passed` over the scenario is not told.
    """
    player = core.players.get(event.player)
    session = player.session(event.session) if player else None
    if player is None or session is None or not session.connected:
        return
    if event.connection and session.connection not in ("", event.connection):
        return
    session.connected = False
    note_left(core, player)
    told = core.life in ("lobby", "running") and not passed
    if told and not player.present and scenario.on_leave is not None:
        attempt(core, lambda world: scenario.on_leave(world, event.player))  # type: ignore[misc]


def decide_command(
    core: Core, scenario: Scenario, event: CommandSubmitted, position: int, *, passed: bool = False
) -> Outcome:
    """Apply a command, or refuse it by code and reason with nothing changed.

    One that is `passed` over is refused without asking the scenario.
    """
    player = core.players.get(event.player)
    session = player.session(event.session) if player else None
    original = session.place(event.seq) if session else None
    refusal = _seen_before(event, session, original)
    if refusal is None and session is not None:
        session.note(event.seq, position)
        refusal = _not_now(core, scenario, event)
    if refusal is None:
        refusal = _passed_over() if passed else _apply(core, scenario, event)
    return Outcome(
        position=position,
        tick=core.tick,
        player=event.player,
        session=event.session,
        seq=event.seq,
        code=refusal.code if refusal else None,
        reason=refusal.reason if refusal else None,
        original=original,
    )


def _seen_before(
    event: CommandSubmitted, session: Session | None, original: int | None
) -> Refused | None:
    if session is None:
        return Refused(Code.UNKNOWN_SESSION, "join first, or again: this session is not known")
    if original is not None:
        return Refused(Code.DUPLICATE, f"it was recorded before, at position {original}")
    if session.is_stale(event.seq):
        return Refused(
            Code.STALE,
            f"seq {event.seq} is too far behind {session.highest} to be told from a repeat",
        )
    return None


def _not_now(core: Core, scenario: Scenario, event: CommandSubmitted) -> Refused | None:
    if core.life == "closed":
        return Refused(Code.WORLD_CLOSED, "the world is closed")
    if core.life == "halted":
        return Refused(Code.WORLD_FAULTED, "the world is halted until its scenario is upgraded")
    if core.life == "lobby":
        wanted = scenario.rules.quorum
        return Refused(
            Code.NOT_STARTED, f"{counted(core)} of {wanted} players are here; it starts then"
        )
    if event.not_after is not None and core.tick > event.not_after:
        return Refused(Code.LATE, f"it was for tick {event.not_after}, it is {core.tick}")
    return None


def _passed_over() -> Refused:
    return Refused(Code.PASSED_OVER, "it could not be folded, and somebody decided to pass it over")


def _apply(core: Core, scenario: Scenario, event: CommandSubmitted) -> Refused | None:
    kind = scenario.commands.get(event.name)
    if kind is None:
        return Refused(Code.UNKNOWN_COMMAND, f"the scenario in force has no {event.name!r}")
    try:
        order = decode_args(kind, event.args)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Refused(Code.BAD_ARGUMENTS, f"{event.name}: {error}")
    return attempt(core, lambda world: _ordered(world, scenario, kind, event.player, order))


def _ordered(
    world: World, scenario: Scenario, kind: CommandKind, player: str, order: object
) -> None:
    if scenario.turn_of is not None and not scenario.turn_of(world, player):
        raise Refused(Code.OUT_OF_TURN, "it is not this player's turn")
    kind.handler(world, player, order)
