"""Warm worlds: folds kept between batches, loaded from the last snapshot when there is none."""

from collections.abc import Callable
from typing import Any

import msgspec

from lqe.codec import Codec
from lqe.errors import Quarantine
from lqe.fold import Code, Fold, Header, Snapshot
from lqe.ports.cursors import Cursor, Cursors
from lqe.ports.log import Logs
from lqe.ports.objects import Objects, snapshot_name
from lqe.scenario import Scenario

CodeOf = Callable[[str], Code]


class Sent(msgspec.Struct):
    """What one connection has been shown: the documents, and the position they are of."""

    position: int
    world: dict[str, Any]
    you: dict[str, Any]


class Warm:
    """One world in memory: its fold, its cursor, and what its connections have been shown."""

    def __init__(self, fold: Fold, cursor: Cursor) -> None:
        self.fold = fold
        self.cursor = cursor
        self.at_us = 0
        self.sent: dict[str, Sent] = {}
        self.unattested: dict[int, Snapshot] = {}
        self.newest: Header | None = None


class Worlds:
    """Finds a world's fold: the warm one, or a cold one from its snapshot and its log's tail."""

    def __init__(
        self, logs: Logs, objects: Objects, cursors: Cursors, code_of: CodeOf, profile: str
    ) -> None:
        self.logs = logs
        self.objects = objects
        self.cursors = cursors
        self._code_of = code_of
        self._profile = profile
        self._codec = Codec()
        self._warm: dict[tuple[str, str], Warm] = {}

    def get(self, tenant: str, world: str) -> Warm:
        """Return the world as far as its effects are out: cold ones are folded up to there.

        Raises Quarantine for a world that is in quarantine, or has to go there.
        """
        warm = self._warm.get((tenant, world))
        if warm is None:
            warm = self._load(tenant, world)
            self._warm[tenant, world] = warm
        return warm

    def stands_still(self, tenant: str, world: str) -> bool:
        """Say whether the world is in quarantine, without loading it."""
        if (tenant, world) in self._warm:
            return False
        return bool(self.cursors.tenant(tenant).get(world).quarantine)

    def scenario(self, tenant: str, world: str) -> Scenario | None:
        """Return the scenario in force in a world that is warm and open, else None."""
        warm = self._warm.get((tenant, world))
        return warm.fold.scenario if warm is not None and warm.fold.position >= 0 else None

    def drop(self, tenant: str, world: str) -> None:
        """Forget the warm fold, so that the next use starts from what is stored."""
        self._warm.pop((tenant, world), None)

    def _load(self, tenant: str, world: str) -> Warm:
        cursor = self.cursors.tenant(tenant).get(world)
        code = self._code_of(tenant)
        snapshot = None
        if cursor.snapshot is None:
            fold = Fold(code, profile=self._profile)
        else:
            name = snapshot_name(world, cursor.snapshot)
            data = self.objects.tenant(tenant).get(name)
            if data is None:
                raise Quarantine(f"the snapshot {name} that the cursor names is not there")
            snapshot = Snapshot.decode(data)
            fold = Fold.restore(snapshot, code, profile=self._profile)
        warm = Warm(fold, cursor)
        if snapshot is not None:
            warm.unattested[snapshot.header.tick] = snapshot
        log = self.logs.tenant(tenant).world(world)
        for record in log.read(fold.position + 1, cursor.position + 1):
            event = self._codec.decode(record.data)
            warm.at_us = event.at_us
            fold.fold(record.position, event)
        return warm
