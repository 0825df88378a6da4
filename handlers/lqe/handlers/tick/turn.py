"""A turn of a run: up to a minute of a world's time, which may end anywhere and come again."""

from collections.abc import Callable
from typing import Final

from lqe.ports.budget import Budget
from lqe.ports.clock import Clock
from lqe.ports.runs import Run, Runs

from .handler import Beats, Tick

# How often a run looks whether somebody is there, and says that it goes on itself.
LOOK_US: Final = 10_000_000
_SECOND_US = 1_000_000
Sleep = Callable[[float], None]


class Turn:
    """Lets a world's beats follow one another, for the run that holds the world."""

    def __init__(self, tick: Tick, runs: Runs, clock: Clock, budget: Budget) -> None:
        self._tick = tick
        self._runs = runs
        self._clock = clock
        self._budget = budget

    def handle(self, tenant: str, world: str, epoch: int, *, lasts_us: int, sleep: Sleep) -> bool:
        """Let time pass, and say whether the run goes on: False if nobody is there any more.

        Nor does it go on if there is a newer one.
        """
        over_us = self._clock.now_us() + lasts_us
        run = self._runs.hold(tenant, world, epoch)
        while run is not None:
            if not self._tick.is_awake(tenant, world):
                run = self._leave(tenant, world, epoch)
                continue
            if not self._beat(tenant, world, run, over_us, sleep):
                return True
            run = self._runs.hold(tenant, world, epoch)
        return False

    def _leave(self, tenant: str, world: str, epoch: int) -> Run | None:
        """Let go of the world; take it again if somebody came who found it held."""
        left = self._runs.let_go(tenant, world, epoch)
        if left is None or not self._tick.is_awake(tenant, world):
            return None
        return self._runs.hold(tenant, world, epoch)

    def _beat(self, tenant: str, world: str, run: Run, over_us: int, sleep: Sleep) -> bool:
        """Beat until it is time to look again; say False if it is time for another turn."""
        beats = Beats.of(tenant, world, run.hz)
        look_us = self._clock.now_us() + LOOK_US
        while True:
            self._tick.beat(tenant, world, beats)
            now_us = self._clock.now_us()
            until_us = min(beats.after_us(now_us), over_us)
            sleep(max(0, until_us - now_us) / _SECOND_US)
            if until_us == over_us or self._budget.is_spent():
                return False
            if until_us >= look_us:
                return True
