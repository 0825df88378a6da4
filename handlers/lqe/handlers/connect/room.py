"""Whether there is room in a world for one more player, by its tenant's quota."""

from collections.abc import Iterable

from lqe.errors import Refused
from lqe.ports.push import Connection


def check_room(present: Iterable[Connection], player: str, most: int) -> None:
    """Raise Refused if those who are there and this player are more than a world may have."""
    if len({connection.player for connection in present} | {player}) > most:
        reason = (
            f"this world has as many players as its tenant may have in one at once, {most}: come "
            f"back when somebody has left, or have the quota raised"
        )
        raise Refused("quota_exceeded", reason)
