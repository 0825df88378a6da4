"""How many sockets a player and a tenant may have at once."""

from collections import Counter

from lqe.errors import Refused
from lqe.ports.push import Connection


class SocketQuota:
    """Counts the sockets that are open; one that takes a session over takes the other's place."""

    def __init__(self, *, of_player: int, of_tenant: int) -> None:
        self._of_player = of_player
        self._of_tenant = of_tenant
        self._tenants: Counter[str] = Counter()
        # By tenant and player: each session in a world, with its sockets.
        self._players: dict[tuple[str, str], Counter[tuple[str, str]]] = {}

    def check(self, connection: Connection) -> None:
        """Raise Refused if this would be one socket too many."""
        sessions = self._players.get((connection.tenant, connection.player), Counter())
        if _session(connection) in sessions:
            return
        if len(sessions) >= self._of_player:
            reason = f"a player has at most {self._of_player} sockets at once: close one of them"
            raise Refused("quota_exceeded", reason)
        if self._tenants[connection.tenant] >= self._of_tenant:
            reason = (
                f"{connection.tenant} has as many sockets as it may have at once, "
                f"{self._of_tenant}: come back when somebody has left, or have the quota raised"
            )
            raise Refused("quota_exceeded", reason)

    def add(self, connection: Connection) -> None:
        """Count a socket that was opened."""
        self._tenants[connection.tenant] += 1
        player = (connection.tenant, connection.player)
        self._players.setdefault(player, Counter())[_session(connection)] += 1

    def remove(self, connection: Connection) -> None:
        """Count a socket no longer that was counted."""
        self._tenants[connection.tenant] -= 1
        player = (connection.tenant, connection.player)
        sessions = self._players[player]
        sessions[_session(connection)] -= 1
        if not sessions[_session(connection)]:
            del sessions[_session(connection)]
        if not sessions:
            del self._players[player]


def _session(connection: Connection) -> tuple[str, str]:
    return connection.world, connection.session
