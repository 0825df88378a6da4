"""The whole view for one connection: on joining late, reconnecting, or after a gap."""

from lqe.errors import Unavailable
from lqe.handlers.tell import Report, Tell
from lqe.handlers.worlds import Worlds
from lqe.ports.budget import OutOfTime
from lqe.ports.push import Connection


class ViewHandler:
    """Answers with everything a player may see as of the cursor; deltas follow from there.

    `follows` says that they come from the same process.
    """

    def __init__(self, worlds: Worlds, tell: Tell, report: Report, *, follows: bool = True) -> None:
        self._worlds = worlds
        self._tell = tell
        self._report = report
        self._follows = follows

    def handle(self, connection: Connection) -> None:
        """Send the view, unless the world stands still. It reads; nothing is recorded.

        Raises Unavailable if the world cannot be read now, or catches up.
        """
        tenant, world = connection.tenant, connection.world
        try:
            warm = self._worlds.latest(tenant, world)
        except (Unavailable, OSError):
            raise
        except (Exception, OutOfTime) as error:  # noqa: BLE001 - one world's fault, no more
            self._report(tenant, world, error)
            return
        if warm is not None and warm.is_between:
            raise Unavailable("the world catches up with a long pause: ask again")
        if warm is not None and warm.fold.position >= 0:
            self._tell.view(connection, warm, follows=self._follows)
