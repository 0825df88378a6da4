"""The worlds of the embedded engine, as the HTTP API asks for them."""

import asyncio
from asyncio import Future
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from lqe.errors import Refused, Unavailable
from lqe.events import ClockAdvanced, WorldClosed
from lqe.handlers.http.ports import WorldState
from lqe.handlers.http.problems import (
    no_world,
    too_many,
    unavailable,
    world_closed,
    world_deleted,
    world_exists,
    world_goes_on,
)
from lqe.handlers.http.states import states_of, used_by
from lqe.handlers.quarantine import Quarantines, Standing

from .runtime import Runtime

_STORED_WITHIN_S: Final = 5.0


class _Tenant:
    def __init__(self, runtime: Runtime, tenant: str) -> None:
        self._runtime = runtime
        self._tenant = tenant

    def names(self) -> Sequence[str]:
        return self._runtime.logs.tenant(self._tenant).worlds()

    def states(self, worlds: Sequence[str]) -> Sequence[WorldState]:
        present = self._runtime.sockets
        return states_of(
            worlds,
            self._runtime.cursors.tenant(self._tenant),
            lambda world: len(present.of(self._tenant, world)),
        )

    def has(self, world: str) -> bool:
        return self._runtime.has_world(self._tenant, world)

    def enter(self, world: str, player: str, *, opens: bool) -> None:
        """Open a world that is not there, for who may: its first player need not wait for it."""
        if self.has(world) or (self._tenant, world) in self._runtime.openings:
            return
        self._check_not_deleted(world)
        if not opens:
            raise no_world(world)
        self._open(world, player)

    def open(self, world: str) -> Awaitable[None]:
        if self.has(world):
            raise world_exists(world)
        self._check_not_deleted(world)
        if (self._tenant, world) not in self._runtime.openings:
            self._open(world)
        return _stored(world, self._runtime.openings.wait((self._tenant, world)))

    def close(self, world: str, reason: str) -> Awaitable[None]:
        if self._runtime.cursors.tenant(self._tenant).get(world).closed_us:
            raise world_closed(world)
        key = (self._tenant, world)
        closed = self._runtime.endings.wait(key)
        self._runtime.send(*key, WorldClosed(reason=reason))
        return _recorded(world, closed)

    def archive(self, world: str) -> Awaitable[None]:
        self._check_ended(world)
        return _in_a_thread(lambda: self._runtime.retention.ended.archive(self._tenant, world))

    def delete(self, world: str) -> Awaitable[None]:
        self._check_ended(world)
        return self._deleted(world)

    async def _deleted(self, world: str) -> None:
        await _in_a_thread(lambda: self._runtime.retention.ended.delete(self._tenant, world))
        self._runtime.forget((self._tenant, world))

    def _check_ended(self, world: str) -> None:
        if not self._runtime.cursors.tenant(self._tenant).get(world).closed_us:
            raise world_goes_on(world)

    def _check_not_deleted(self, world: str) -> None:
        if world in self._runtime.logs.tenant(self._tenant).deleted:
            raise world_deleted(world)

    def usage(self, worlds: Sequence[str]) -> dict[str, dict[str, int]]:
        return used_by(worlds, self._tenant, self._runtime.documents)

    def release(self, world: str) -> Standing | None:
        stood = Quarantines(self._runtime.cursors).release(self._tenant, world)
        if stood is not None:
            self._runtime.send(self._tenant, world, ClockAdvanced())
        return stood

    def _open(self, world: str, player: str = "") -> None:
        try:
            self._runtime.bounds.worlds.take(self._tenant, world, player)
        except Refused as error:
            raise too_many(error) from None
        self._runtime.open_world(self._tenant, world)


async def _in_a_thread(work: Callable[[], object]) -> None:
    """Do what takes long beside the loop."""
    await asyncio.get_running_loop().run_in_executor(None, work)


async def _stored(world: str, opening: Future[bool]) -> None:
    """Wait until a world is in its log; of several who asked for it, one alone has opened it."""
    try:
        is_ours = await asyncio.wait_for(opening, _STORED_WITHIN_S)
    except (TimeoutError, Unavailable):
        reason = f"the world {world!r} could not be stored yet, and may be later: ask again"
        raise unavailable(reason) from None
    if not is_ours:
        raise world_exists(world)


class LocalWorlds:
    """The worlds of the tenants that a runtime serves."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def tenant(self, name: str) -> _Tenant:
        """Return the worlds of one tenant; raise Declined if it stands still."""
        self._runtime.troubles.check(name)
        return _Tenant(self._runtime, name)


async def _recorded(world: str, closed: Future[None]) -> None:
    """Wait until the end of a world is in its log."""
    try:
        await asyncio.wait_for(closed, _STORED_WITHIN_S)
    except TimeoutError:
        reason = f"the end of {world!r} could not be stored yet, and may be later: ask again"
        raise unavailable(reason) from None
