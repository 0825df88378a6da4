"""What a server does for its data folder, beside the games: a few worlds at a time, in turns.

Snapshots are thinned out. A world where nobody was for long is closed, and one that was closed long
ago is archived and deleted, where the operator wants that.
"""

import asyncio
import contextlib
from bisect import bisect_right
from collections.abc import Callable
from typing import Final

from lqe.adapters.cursors import DocumentCursors
from lqe.codec import Codec
from lqe.errors import LedgerQuestError
from lqe.events import WorldClosed
from lqe.ports.clock import Clock
from lqe.ports.cursors import Cursor

from .ended_worlds import EndedWorlds, Stores
from .settings import Settings
from .thinner import Thinner

_PAUSE_S: Final = 5.0
_WORLDS_AT_ONCE: Final = 20
_SECOND_US: Final = 1_000_000
_DAY_US: Final = 86_400 * _SECOND_US
Key = tuple[str, str]
# Calls a function with its arguments in another thread.
Say = Callable[..., object]


class Retention:
    """Looks after the worlds of a folder from a thread beside the loop, one round after the other.

    `is_played` says whether somebody is connected; `close` is called in the loop's thread, and so
    is `deleted`, with a world that is there no more. `report` hears of what did not work.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        stores: Stores,
        *,
        is_played: Callable[[Key], bool],
        close: Callable[[str, str, WorldClosed], None],
        deleted: Callable[[Key], None],
        report: Callable[[str, str, BaseException], None],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._logs = stores.logs
        self._cursors = DocumentCursors(stores.documents)
        self._thinner = Thinner(stores.objects)
        self.ended = EndedWorlds(stores)
        self._is_played = is_played
        self._close = close
        self._deleted = deleted
        self._report = report
        self._began_us = clock.now_us()
        self._after: dict[str, str] = {}
        self._told: dict[Key, str] = {}
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Look after the folder from now on."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def end(self) -> None:
        """Finish the round that is being made, and make no other."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_PAUSE_S)
            # Nobody closes the files while a round reads them.
            round_made = asyncio.ensure_future(
                loop.run_in_executor(None, self.round, loop.call_soon_threadsafe)
            )
            try:
                await asyncio.shield(round_made)
            except asyncio.CancelledError:
                await round_made
                raise

    def round(self, in_loop: Say) -> None:
        """Look after the next few worlds of each tenant; `in_loop` calls in the loop's thread."""
        for tenant in self._settings.served:
            try:
                self.ended.purge(tenant)
                worlds = self._next(tenant)
            except LedgerQuestError as error:
                self._tell(in_loop, tenant, "", error)
                continue
            for world in worlds:
                try:
                    self._look_after(tenant, world, in_loop)
                except (LedgerQuestError, OSError) as error:
                    self._tell(in_loop, tenant, world, error)

    def _tell(self, in_loop: Say, tenant: str, world: str, error: Exception) -> None:
        """Say what did not work, once for as long as it is the same."""
        if self._told.get((tenant, world)) != str(error):
            self._told[tenant, world] = str(error)
            in_loop(self._report, tenant, world, error)

    def _next(self, tenant: str) -> list[str]:
        """Return the worlds whose turn it is: those that follow the last ones by name."""
        worlds = self._logs.tenant(tenant).worlds()
        start = bisect_right(worlds, self._after.get(tenant, ""))
        turn = worlds[start : start + _WORLDS_AT_ONCE]
        self._after[tenant] = turn[-1] if start + _WORLDS_AT_ONCE < len(worlds) else ""
        return turn

    def _look_after(self, tenant: str, world: str, in_loop: Say) -> None:
        cursor = self._cursors.tenant(tenant).get(world)
        if cursor.quarantine:
            return  # whoever repairs it may need everything
        log = self._logs.tenant(tenant).world(world)
        self._thinner.thin(tenant, world, log, cursor)
        if cursor.closed_us:
            self._dispose(tenant, world, cursor, in_loop)
        elif self._is_idle(tenant, world):
            reason = f"nobody was here for {self._settings.close_idle_s:g} seconds"
            in_loop(self._close, tenant, world, WorldClosed(reason=reason))

    def _dispose(self, tenant: str, world: str, cursor: Cursor, in_loop: Say) -> None:
        """Archive and delete a world that was closed long enough ago."""
        days = self._settings.keep_closed_days
        if days is None or self._clock.now_us() - cursor.closed_us < days * _DAY_US:
            return
        self.ended.archive(tenant, world)
        self.ended.delete(tenant, world)
        self._thinner.forget(tenant, world)
        in_loop(self._deleted, (tenant, world))

    def _is_idle(self, tenant: str, world: str) -> bool:
        """Say whether nobody was in a world for long, as far as this server was there to see."""
        limit_s = self._settings.close_idle_s
        if limit_s is None or self._is_played((tenant, world)):
            return False
        since_us = self._clock.now_us() - round(limit_s * _SECOND_US)
        if self._began_us > since_us:
            return False
        log = self._logs.tenant(tenant).world(world)
        head = log.head()
        return all(Codec().decode(r.data).at_us <= since_us for r in log.read(head, head + 1))
