"""Connections come and go: who is there, and what the world's log hears of it."""

from lqe.errors import Unavailable
from lqe.events import AnyEvent, PlayerJoined, PlayerLeft
from lqe.ports.clock import Clock
from lqe.ports.intake import Intake, Message
from lqe.ports.orchestrator import Orchestrator
from lqe.ports.push import Connection, Connections, Push

_TAKEN_OVER = "a newer connection took this session over"


class Connect:
    """Keeps the list of connections, and sends joins and leaves to the intake."""

    def __init__(
        self,
        connections: Connections,
        push: Push,
        intake: Intake,
        clock: Clock,
        orchestrator: Orchestrator,
    ) -> None:
        self._connections = connections
        self._push = push
        self._intake = intake
        self._clock = clock
        self._orchestrator = orchestrator

    def open(self, connection: Connection) -> None:
        """Take in a connection and let its session join; older ones of the session are closed.

        Raises Unavailable, with nothing taken in, if the join cannot be sent, or if it cannot be
        known that time passes in the world.
        """
        older = self._same_session(connection)
        self._connections.add(connection, self._clock.now_us())
        join = PlayerJoined(
            player=connection.player, session=connection.session, connection=connection.id
        )
        try:
            self._orchestrator.resume(connection.tenant, connection.world)
            self._send(connection, f"join:{connection.id}", join)
        except Unavailable:
            self._connections.remove(connection)
            raise
        for old in older:
            self._push.close(old.id, _TAKEN_OVER)
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
        everybody = self._connections.of(connection.tenant, connection.world)
        if any(other.id == connection.id for other in everybody):
            return
        for newer in self._same_session(connection)[-1:]:
            join = PlayerJoined(player=newer.player, session=newer.session, connection=newer.id)
            self._send(newer, f"again:{newer.id}:{connection.id}", join)

    def heard(self, connection: Connection) -> None:
        """Note that the client of a connection is there, and let time pass for it.

        Raises Unavailable if that is not noted, or not known.
        """
        if self._connections.heard(connection, self._clock.now_us()):
            self._orchestrator.resume(connection.tenant, connection.world)

    def _same_session(self, connection: Connection) -> list[Connection]:
        return [
            other
            for other in self._connections.of(connection.tenant, connection.world)
            if (other.player, other.session) == (connection.player, connection.session)
            and other.id != connection.id
        ]

    def _send(self, connection: Connection, message_id: str, event: AnyEvent) -> None:
        message = Message(
            id=message_id,
            tenant=connection.tenant,
            world=connection.world,
            connection=connection.id,
            events=(event,),
        )
        self._intake.send([message])
