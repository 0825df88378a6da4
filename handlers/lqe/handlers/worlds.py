"""Warm worlds: folds kept between batches, loaded from the last snapshot when there is none."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from lqe.codec import Codec
from lqe.errors import Quarantine
from lqe.events import AnyEvent, CommandSubmitted
from lqe.fold import Code, Fold, Folded, Header, Snapshot
from lqe.ports.budget import Budget
from lqe.ports.bus import Published
from lqe.ports.cursors import Cursor, Cursors
from lqe.ports.log import Logs, WorldLog
from lqe.ports.objects import Objects, snapshot_name
from lqe.ports.push import Connection
from lqe.scenario import Scenario
from lqe.signals import Signal

CodeOf = Callable[[str], Code]


class Sent(msgspec.Struct):
    """What one connection has been shown: the documents, and the position they are of."""

    position: int
    world: dict[str, Any]
    you: dict[str, Any]


class Warm:
    """One world in memory: its fold, its cursor, and what its connections have been shown.

    What was folded above the cursor and is not out yet waits in `signals`, `snapshots` and
    `newest`. A warm world whose effects did not all get out has to be dropped.
    """

    def __init__(self, tenant: str, world: str, fold: Fold, cursor: Cursor) -> None:
        self.tenant = tenant
        self.world = world
        self.fold = fold
        self.cursor = cursor
        self.commands = cursor.commands
        self.at_us = 0
        self.signals: list[Published] = []
        self.unattested: dict[int, Snapshot] = {}
        self.newest: Header | None = None
        self.sent: dict[str, Sent] = {}
        self.told_us = 0
        self.untold: list[Signal] = []
        self.audience: Sequence[Connection] = ()

    def take(self, position: int, event: AnyEvent, budget: Budget) -> Folded:
        """Fold the next event; raise OutOfTime if it takes longer than one may."""
        with budget.one_event():
            folded = self.fold.fold(position, event)
        self.at_us = event.at_us
        if position > self.cursor.position:
            self.commands += isinstance(event, CommandSubmitted)
        return folded


class Worlds:
    """Finds a world's fold: the warm one, or a cold one from its snapshot and its log's tail."""

    def __init__(
        self,
        logs: Logs,
        objects: Objects,
        cursors: Cursors,
        code_of: CodeOf,
        profile: str,
        budget: Budget,
    ) -> None:
        self.logs = logs
        self.objects = objects
        self.cursors = cursors
        self.budget = budget
        self._code_of = code_of
        self._profile = profile
        self._codec = Codec()
        self._warm: dict[tuple[str, str], Warm] = {}

    def get(self, tenant: str, world: str) -> Warm | None:
        """Return the world as far as its effects are out; None if it is in quarantine.

        A cold one is folded up to there. Raises Quarantine for a world that has to go there.
        """
        warm = self._warm.get((tenant, world))
        if warm is None:
            cursor = self.cursors.tenant(tenant).get(world)
            if cursor.quarantine:
                return None
            warm = self._load(tenant, world, cursor)
            self._warm[tenant, world] = warm
        return warm

    def latest(self, tenant: str, world: str) -> Warm | None:
        """Return the world as `get` does, brought up to what another process let out since."""
        warm = self._warm.get((tenant, world))
        if warm is not None and warm.cursor != self.cursors.tenant(tenant).get(world):
            self.drop(tenant, world)
        return self.get(tenant, world)

    def scenario(self, tenant: str, world: str) -> Scenario | None:
        """Return the scenario in force in a world that is warm and open, else None."""
        warm = self._warm.get((tenant, world))
        return warm.fold.scenario if warm is not None and warm.fold.position >= 0 else None

    def log(self, warm: Warm) -> WorldLog:
        """Return the log of a world."""
        return self.logs.tenant(warm.tenant).world(warm.world)

    def drop(self, tenant: str, world: str) -> None:
        """Forget the warm fold, so that the next use starts from what is stored."""
        self._warm.pop((tenant, world), None)

    def _load(self, tenant: str, world: str, cursor: Cursor) -> Warm:
        code = self._code_of(tenant)
        snapshot = None
        if cursor.snapshot is None:
            fold = Fold(code, profile=self._profile)
        else:
            snapshot = self._snapshot(tenant, world, cursor.snapshot)
            fold = Fold.restore(snapshot, code, profile=self._profile)
        warm = Warm(tenant, world, fold, cursor)
        if snapshot is not None:
            warm.unattested[snapshot.header.tick] = snapshot
        for record in self.log(warm).read(fold.position + 1, cursor.position + 1):
            warm.take(record.position, self._codec.decode(record.data), self.budget)
        return warm

    def _snapshot(self, tenant: str, world: str, tick: int) -> Snapshot:
        name = snapshot_name(world, tick)
        data = self.objects.tenant(tenant).get(name)
        if data is None:
            raise Quarantine(
                f"the snapshot {name} that the cursor names is not there: put it back, or delete "
                "the world's cursor to fold its log anew"
            )
        return Snapshot.decode(data)
