"""The whole view for one connection: on joining late, reconnecting, or after a gap."""

from lqe.handlers.tell import Tell
from lqe.handlers.worlds import Worlds
from lqe.ports.push import Connection


class ViewHandler:
    """Answers with everything a player may see as of the cursor; deltas follow from there."""

    def __init__(self, worlds: Worlds, tell: Tell) -> None:
        self._worlds = worlds
        self._tell = tell

    def handle(self, connection: Connection) -> None:
        """Send the view. It reads; nothing is recorded."""
        warm = self._worlds.get(connection.tenant, connection.world)
        if warm.fold.position >= 0:
            self._tell.view(connection, warm)
