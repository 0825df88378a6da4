"""Worlds that may have ended a process: each is tried alone before it is folded beside others."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from msgspec.structs import replace

from lqe.errors import Damaged, Unavailable
from lqe.ports.cursors import Cursor, Cursors
from lqe.stuck import Stuck

from .link import Stands, ToWorker
from .process import Death, Key

_LONGEST_REASON: Final = 2_000
# Alone it does well, and beside others a process ends over it again and again: so often, no more.
_MOST_DEATHS: Final = 3
_REMEMBERED_S: Final = 600.0
_NO_VERDICT_PAUSE_S: Final = 10.0
_REPAIR: Final = (
    "correct its scenario, or look at that event with `ledgerquest events` and pass it over with "
    "`ledgerquest pass-over`, or release it with `ledgerquest quarantine --release`: it is tried "
    "alone again, then folded beside others"
)
State = Callable[[Key], Iterable[ToWorker]]
_A_WORKER: Final = "a worker"


class Folders(Protocol):
    """What folds worlds."""

    async def try_alone(self, briefing: Iterable[ToWorker]) -> Death | None:
        """Fold one world in a process of its own; return how that ended, None if all was folded."""

    def say(self, tenant: str, world: str, message: ToWorker) -> None:
        """Tell whoever folds a world beside others."""


class Trials:
    """Tries suspects, one at a time. That a world is one stands on its cursor, and outlives this.

    `state` yields what whoever folds a world has to know; `stands` hears of worlds that stand
    still from now on, and of every worker that died, which is nobody's.
    """

    def __init__(
        self,
        cursors: Cursors,
        folders: Folders,
        state: State,
        stands: Callable[[Stands], None],
    ) -> None:
        self._cursors = cursors
        self._folders = folders
        self._state = state
        self._stands = stands
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[Key, str] = {}
        self._deaths: dict[Key, list[float]] = {}
        self._task: asyncio.Task[None] | None = None

    def problems(self) -> list[str]:
        """Say which worlds are tried, or will be."""
        return [f"world {w} of {t} is tried alone: {why}" for (t, w), why in self._waiting.items()]

    def worker_died(self, death: Death) -> bool:
        """Set the world apart over which a worker died, and try it; say whether there is one."""
        tenant, world = key = death.marked.key
        if death.marked.is_idle:
            self._stands(Stands("", _A_WORKER, death.how))
            return False
        where = f"of world {world} of {tenant}, which is apart now"
        self._stands(Stands("", _A_WORKER, f"{death} {where}"))
        deaths = 0 if death.by_others else self._died(key)
        what = f"the process that folded it {death}"
        try:
            if deaths > _MOST_DEATHS:
                so_often = f"{what}, {deaths} times, and not when it was tried alone"
                self._quarantine(key, so_often, death)
            elif self._set(key, lambda cursor: replace(cursor, stopped_by="process")):
                self._try(key, what)
        except (Damaged, Unavailable) as error:
            # Whoever takes the place of the process has to come, also if this is not written down.
            self._stands(Stands(*key, str(error), of_tenant=isinstance(error, Damaged)))
            return False
        return True

    def found(self, tenant: str, world: str) -> None:
        """Try a world that a worker found set apart."""
        cursor = self._cursors.tenant(tenant).get(world)
        if cursor.stopped_by == "process" and not cursor.quarantine:
            self._try((tenant, world), "a process that folded it ended before")

    async def end(self) -> None:
        """Try no more; what waits is tried by the next server."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _died(self, key: Key) -> int:
        """Note that a process ended over a world; return how often that was of late."""
        now = self._loop.time()
        late = {k: [t for t in at if now - t < _REMEMBERED_S] for k, at in self._deaths.items()}
        self._deaths = {k: at for k, at in late.items() if at}
        self._deaths.setdefault(key, []).append(now)
        return len(self._deaths[key])

    def _try(self, key: Key, what: str) -> None:
        if key not in self._waiting:
            self._waiting[key] = what
            if self._task is None or self._task.done():
                self._task = self._loop.create_task(self._run())

    async def _run(self) -> None:
        while self._waiting:
            key, what = next(iter(self._waiting.items()))
            death = await self._folders.try_alone(self._state(key))
            if death is not None and death.marked.key != key:
                # It ended before it came to the world: that says nothing about it.
                await asyncio.sleep(_NO_VERDICT_PAUSE_S)
                self._waiting[key] = self._waiting.pop(key)
                continue
            del self._waiting[key]
            if death is not None:
                self._quarantine(key, f"{what}; the one that folded it alone {death}", death)
            elif self._set(key, lambda cursor: replace(cursor, stopped_by="fold")):
                for message in self._state(key):
                    self._folders.say(*key, message)

    def _quarantine(self, key: Key, what: str, death: Death) -> None:
        reason = f"{what}. To go on, {_REPAIR}"[:_LONGEST_REASON]
        at = death.marked.position

        def stands(cursor: Cursor) -> Cursor:
            stuck = Stuck(position=at, tick=cursor.tick, part="event", where="its process")
            return replace(
                cursor, quarantine=reason, stopped_by="process", stuck=stuck if at > 0 else None
            )

        if self._set(key, stands):
            self._stands(Stands(*key, reason))

    def _set(self, key: Key, change: Callable[[Cursor], Cursor]) -> bool:
        """Change a world's cursor, unless it stands still already; say whether it is changed."""
        cursors = self._cursors.tenant(key[0])
        while True:
            cursor = cursors.get(key[1])
            if cursor.quarantine:
                return False
            if cursors.move(key[1], cursor, change(cursor)):
                return True
