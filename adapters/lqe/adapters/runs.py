"""The port of runs over any documents: a world's newest run is its document `run`."""

from typing import Final

import msgspec
from msgspec.structs import replace

from lqe.errors import Unavailable
from lqe.ports.clock import Clock
from lqe.ports.documents import Documents
from lqe.ports.runs import Run

# A world whose run ended without a word stands for so long, and until somebody is heard in it.
HELD_US: Final = 30_000_000
NAME: Final = "run"
_SECOND_US = 1_000_000
_TRIES = 8
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Run).decode


class DocumentRuns:
    """The newest run of every world, among its documents."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock

    def next(
        self,
        tenant: str,
        world: str,
        *,
        hz: float | None = None,
        first: bool = False,
        after: int | None = None,
    ) -> Run | None:
        """Return the run that has to be started now, None if one goes on already."""
        for _ in range(_TRIES):
            stored, run = self._get(tenant, world)
            now_us = self._clock.now_us()
            if run is None:
                if hz is None or not first:
                    return None
                wanted = Run(epoch=now_us // _SECOND_US, hz=hz, until_us=now_us + HELD_US)
            elif run.epoch == after or now_us >= run.until_us:
                # The time, so that no epoch comes again after the table was restored from before.
                epoch = max(run.epoch + 1, now_us // _SECOND_US)
                wanted = Run(epoch=epoch, hz=hz or run.hz, until_us=now_us + HELD_US)
            else:
                wanted = replace(run, hz=hz or run.hz)
            if wanted == run or self._put(tenant, world, stored, wanted):
                return None if wanted.seen else wanted
        raise _busy(tenant, world)

    def hold(self, tenant: str, world: str, epoch: int) -> Run | None:
        """Let a run hold its world from now on; None if there is a newer one."""
        return self._change(tenant, world, epoch, self._clock.now_us() + HELD_US)

    def let_go(self, tenant: str, world: str, epoch: int) -> Run | None:
        """Let a run hold its world no longer; None if there is a newer one."""
        return self._change(tenant, world, epoch, 0)

    def _change(self, tenant: str, world: str, epoch: int, until_us: int) -> Run | None:
        for _ in range(_TRIES):
            stored, run = self._get(tenant, world)
            if run is None or run.epoch != epoch:
                return None
            changed = replace(run, until_us=until_us, seen=True)
            if self._put(tenant, world, stored, changed):
                return changed
        raise _busy(tenant, world)

    def _get(self, tenant: str, world: str) -> tuple[bytes | None, Run | None]:
        stored = self._documents.tenant(tenant).get(world, NAME)
        return stored, None if stored is None else _decode(stored)

    def _put(self, tenant: str, world: str, old: bytes | None, new: Run) -> bool:
        return self._documents.tenant(tenant).replace(world, NAME, old, _encode(new))


def _busy(tenant: str, world: str) -> Unavailable:
    return Unavailable(f"the run of {tenant}#{world} is changed by others; try again")
