"""The snapshots of the worlds of a data folder are thinned out, a few at a time."""

from typing import Final

from lqe.adapters.files import FileObjects
from lqe.codec import Codec
from lqe.errors import BadSnapshot
from lqe.events import WorldOpened
from lqe.fold import Snapshot
from lqe.handlers.thinning import Mark, superfluous
from lqe.ports.cursors import Cursor
from lqe.ports.log import WorldLog
from lqe.ports.objects import snapshot_name, snapshots_of

# So many are looked into, or taken out, in one go.
_AT_ONCE: Final = 20
Key = tuple[str, str]


class Thinner:
    """Takes out the snapshots that nobody needs. What it has looked into it remembers."""

    def __init__(self, objects: FileObjects) -> None:
        self._objects = objects
        self._codes: dict[Key, dict[int, str]] = {}

    def thin(self, tenant: str, world: str, log: WorldLog, cursor: Cursor) -> int:
        """Take out some snapshots of a world; return how many."""
        objects, prefix = self._objects.tenant(tenant), snapshots_of(world)
        ticks = [int(name.removeprefix(prefix)) for name in objects.names(prefix)]
        known = self._codes.setdefault((tenant, world), {})
        for tick in [t for t in ticks if t not in known][:_AT_ONCE]:
            known[tick] = self._code(tenant, world, tick)
        marks = [Mark(tick, known.get(tick) or None) for tick in ticks]
        dropped = superfluous(marks, tick_us=_tick_us(log), needed_from=cursor.snapshot or 0)[
            :_AT_ONCE
        ]
        for tick in dropped:
            objects.remove(snapshot_name(world, tick))
            del known[tick]
        return len(dropped)

    def forget(self, tenant: str, world: str) -> None:
        """Forget a world that is there no more."""
        self._codes.pop((tenant, world), None)

    def _code(self, tenant: str, world: str, tick: int) -> str:
        """Return the code of a snapshot; none of one that cannot be read, and stays for that."""
        data = self._objects.tenant(tenant).get(snapshot_name(world, tick))
        try:
            return Snapshot.unchecked(data or b"").header.scenario
        except BadSnapshot:
            return ""


def _tick_us(log: WorldLog) -> int:
    for record in log.read(0, 1):
        opened = Codec().decode(record.data)
        assert isinstance(opened, WorldOpened)
        return opened.tick_us
    return 1
