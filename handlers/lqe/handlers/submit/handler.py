"""From a player's frame to the intake: well formed, known to the scenario, within the rate."""

from collections.abc import Callable, Sequence

import msgspec

from lqe.errors import BadInput, Overloaded, Refused
from lqe.events import CommandSubmitted
from lqe.ports.intake import Intake, Message
from lqe.ports.push import Connection
from lqe.scenario import Scenario
from lqe.scenario.schemas import encode_args
from lqe.wire import (
    Frame,
    FromClient,
    Heartbeat,
    Rejected,
    SentCommand,
    ViewWanted,
    decode_frame,
)

from .rate import Rates

ScenarioOf = Callable[[str, str], Scenario | None]
Answer = Rejected | ViewWanted | Heartbeat | None


class Submit:
    """Checks frames against the scenario in force; one bad command rejects its whole frame."""

    def __init__(self, intake: Intake, scenario_of: ScenarioOf, rates: Rates) -> None:
        self._intake = intake
        self._scenario_of = scenario_of
        self._rates = rates

    def handle(self, connection: Connection, data: bytes, message_id: str) -> Answer:
        """Queue the frame's commands as one message; return what to answer or do instead, if any.

        `message_id` is new for every frame, also for one that a client sends again. Raises
        Unavailable if it cannot be known whether the commands are queued.
        """
        try:
            frame: FromClient | Rejected = decode_frame(data)
        except BadInput as error:
            frame = Rejected("malformed", str(error))
        try:
            self._rates.check(connection, len(frame.commands) if isinstance(frame, Frame) else 0)
        except Refused as error:
            return Rejected(error.code, error.reason)
        if not isinstance(frame, Frame):
            return frame
        scenario = self._scenario_of(connection.tenant, connection.world)
        if scenario is None:
            return Rejected("no_world", f"there is no world {connection.world!r}, or not yet")
        return self._queue(connection, scenario, frame, message_id)

    def _queue(
        self, connection: Connection, scenario: Scenario, frame: Frame, message_id: str
    ) -> Rejected | None:
        events: list[CommandSubmitted] = []
        for command in frame.commands:
            try:
                events.append(_event(connection, scenario, command))
            except BadInput as error:
                return Rejected("invalid", str(error), command.seq)
        try:
            self._intake.send([_message(connection, events, message_id)])
        except Overloaded as error:
            return Rejected("overloaded", str(error))
        return None


def _message(
    connection: Connection, events: Sequence[CommandSubmitted], message_id: str
) -> Message:
    return Message(
        id=message_id,
        tenant=connection.tenant,
        world=connection.world,
        connection=connection.id,
        events=tuple(events),
    )


def _event(connection: Connection, scenario: Scenario, command: SentCommand) -> CommandSubmitted:
    kind = scenario.commands.get(command.name)
    if kind is None:
        known = ", ".join(sorted(scenario.commands))
        raise BadInput(f"there is no command {command.name!r:.80}; there are: {known}")
    if not 0 < command.seq < 1 << 53:
        raise BadInput(f"seq must be a whole number from 1, got {command.seq}")
    if command.not_after is not None and not 0 <= command.not_after < 1 << 53:
        raise BadInput(f"not_after must be a tick, got {command.not_after}")
    try:
        args = encode_args(kind, command.args)
    except (msgspec.ValidationError, RecursionError, OverflowError) as error:
        raise BadInput(f"{command.name}: {error}") from None
    return CommandSubmitted(
        player=connection.player,
        session=connection.session,
        seq=command.seq,
        name=command.name,
        args=args,
        not_after=command.not_after,
    )
