"""A world's stored snapshots, as a fold uses them: those that are damaged are passed over."""

from collections.abc import Sequence

from lqe.errors import BadSnapshot
from lqe.fold import Snapshot
from lqe.ports.objects import Objects, snapshot_name, snapshots_of


class Snapshots:
    """Finds where a fold can begin. What is passed over is folded again: it costs time alone.

    That a stored snapshot is not what the log gives is said by who replays it.
    """

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def newest(self, tenant: str, world: str, tick: int) -> Snapshot | None:
        """Return the snapshot at a tick or, where that one is damaged or gone, the one before it.

        None if no earlier one is whole either.
        """
        found = self._whole(tenant, snapshot_name(world, tick))
        if found is not None:
            return found
        before = self._objects.tenant(tenant).names(snapshots_of(world))
        for name in reversed([name for name in before if name < snapshot_name(world, tick)]):
            found = self._whole(tenant, name)
            if found is not None:
                return found
        return None

    def after(self, tenant: str, world: str, tick: int | None, most: int) -> Sequence[Snapshot]:
        """Return up to `most` snapshots after a tick, in order; with None, from the first on."""
        last = "" if tick is None else snapshot_name(world, tick)
        names = self._objects.tenant(tenant).names(snapshots_of(world), last)[:most]
        found = (self._whole(tenant, name) for name in names)
        return [snapshot for snapshot in found if snapshot is not None]

    def _whole(self, tenant: str, name: str) -> Snapshot | None:
        data = self._objects.tenant(tenant).get(name)
        try:
            return None if data is None else Snapshot.decode(data)
        except BadSnapshot:
            return None
