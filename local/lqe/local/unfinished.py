"""Where a server goes on when it starts: the worlds that were left in the middle of something."""

from collections.abc import Callable

from lqe.adapters.sqlite import SQLiteLogs
from lqe.errors import Quarantine
from lqe.ports.cursors import Cursors

Key = tuple[str, str]


def unfinished(
    tenant: str,
    logs: SQLiteLogs,
    cursors: Cursors,
    stands_still: Callable[[str, str, Quarantine], None],
) -> dict[Key, int]:
    """Return a tenant's worlds that have to be taken up, with the last positions of their logs.

    A world in quarantine is tried again: whoever starts a server may have repaired it. Not so one
    that an operator put there; and one that ended its process is tried alone first. `stands_still`
    hears of logs that lost their ends.
    """
    found: dict[Key, int] = {}
    log, moved = logs.tenant(tenant), cursors.tenant(tenant)
    for world in log.worlds():
        cursor = moved.get(world)
        if cursor.quarantine and cursor.stopped_by != "operator":
            moved.move(world, cursor, cursor.released())
        try:
            head = log.world(world).head()
        except Quarantine as error:
            stands_still(tenant, world, error)
            continue
        # Who was connected when a server was killed is not any more: the fold says who.
        if cursor.quarantine or cursor.position < head or cursor.present:
            found[tenant, world] = head
    return found
