"""Connections come and go: who is there, and what the world's log hears of it."""

from collections.abc import Callable, Sequence

from lqe.closing import Close
from lqe.errors import Refused, Unavailable
from lqe.events import AnyEvent, PlayerJoined, PlayerLeft
from lqe.ports.clock import Clock
from lqe.ports.intake import Intake, Message
from lqe.ports.orchestrator import Orchestrator
from lqe.ports.push import Connection, Connections, Push

from .room import check_room

_TAKEN_OVER = "a newer connection took this session over"


class Connect:
    """Keeps the list of connections, and sends joins and leaves to the intake.

    `most_players` is how many a tenant may have in a world at once; None is as many as there are.
    """

    def __init__(
        self,
        connections: Connections,
        push: Push,
        intake: Intake,
        clock: Clock,
        orchestrator: Orchestrator,
        *,
        most_players: Callable[[str], int | None] = lambda _: None,
    ) -> None:
        self._connections = connections
        self._push = push
        self._intake = intake
        self._clock = clock
        self._orchestrator = orchestrator
        self._most_players = most_players

    def open(self, connection: Connection) -> None:
        """Take in a connection and let its session join; older ones of the session are closed.

        Raises Refused if the world has as many players as its tenant may have there, Unavailable if
        the join cannot be sent, or if it cannot be known that time passes in the world; nothing is
        taken in then.
        """
        most = self._most_players(connection.tenant)
        present = self._everybody(connection)
        if most is not None:
            check_room(present, connection.player, most)
        older = _same_session(connection, present)
        self._connections.add(connection, self._clock.now_us())
        join = PlayerJoined(
            player=connection.player, session=connection.session, connection=connection.id
        )
        try:
            if most is not None:
                # Of several who come at once, the last one to be listed sees all the others.
                check_room(self._everybody(connection), connection.player, most)
            self._orchestrator.resume(connection.tenant, connection.world)
            self._send(connection, f"join:{connection.id}", join)
        except (Refused, Unavailable):
            self._connections.remove(connection)
            raise
        for old in older:
            self._push.close(old.id, Close.TAKEN_OVER, _TAKEN_OVER)
            self._connections.remove(old)
        self._give_way(connection)

    def close(self, connection: Connection) -> None:
        """Forget a connection, and let its session leave; the fold knows if it has a newer one.

        Raises Unavailable, with nothing forgotten, if the leave cannot be sent.
        """
        left = PlayerLeft(
            player=connection.player, session=connection.session, connection=connection.id
        )
        self._send(connection, f"left:{connection.id}", left)
        self._connections.remove(connection)

    def _give_way(self, connection: Connection) -> None:
        """Let a newer connection's join stand last, if it took the session over meanwhile."""
        everybody = self._everybody(connection)
        if any(other.id == connection.id for other in everybody):
            return
        for newer in _same_session(connection, everybody)[-1:]:
            join = PlayerJoined(player=newer.player, session=newer.session, connection=newer.id)
            self._send(newer, f"again:{newer.id}:{connection.id}", join)

    def heard(self, connection: Connection) -> None:
        """Note that the client of a connection is there, and let time pass for it.

        Raises Unavailable if that is not noted, or not known.
        """
        if self._connections.heard(connection, self._clock.now_us()):
            self._orchestrator.resume(connection.tenant, connection.world)

    def _everybody(self, connection: Connection) -> Sequence[Connection]:
        return self._connections.of(connection.tenant, connection.world)

    def _send(self, connection: Connection, message_id: str, event: AnyEvent) -> None:
        message = Message(
            id=message_id,
            tenant=connection.tenant,
            world=connection.world,
            connection=connection.id,
            events=(event,),
        )
        self._intake.send([message])


def _same_session(connection: Connection, everybody: Sequence[Connection]) -> list[Connection]:
    """Return the other connections of a connection's session."""
    return [
        other
        for other in everybody
        if (other.player, other.session) == (connection.player, connection.session)
        and other.id != connection.id
    ]
