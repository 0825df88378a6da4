"""The orchestrator port on the server's own loop: a timer a world, none where nobody is."""

import asyncio
from collections.abc import Callable

from lqe.handlers.tick.handler import Beats, Tick
from lqe.ports.clock import Clock

_SECOND_US = 1_000_000
_LATE_S = 0.001
Key = tuple[str, str]


class Ticking:
    """Lets time pass; its loop's thread alone may use it.

    `stored_us` says when something of a world was last stored: a world that moves by what players
    do needs no beat as well.
    """

    def __init__(self, tick: Tick, clock: Clock, stored_us: Callable[[Key], int]) -> None:
        self._tick = tick
        self._clock = clock
        self._stored_us = stored_us
        self._beats: dict[Key, Beats] = {}
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._ended = False

    def begin(self, tenant: str, world: str, hz: float) -> None:
        """Let time pass in a world from now on, recorded `hz` times a second, until it is idle."""
        self._beats[tenant, world] = Beats.of(tenant, world, hz)
        self.resume(tenant, world)

    def resume(self, tenant: str, world: str, hz: float | None = None) -> None:
        """Let time pass again where it was begun before."""
        key = (tenant, world)
        if key not in self._beats:
            return
        if hz is not None:
            self._beats[key] = Beats.of(tenant, world, hz)
        if key not in self._timers and not self._ended:
            self._wait(key)

    def stop(self, tenant: str, world: str) -> None:
        """Let time stand still in a world, whoever is there."""
        self._beats.pop((tenant, world), None)
        timer = self._timers.pop((tenant, world), None)
        if timer is not None:
            timer.cancel()

    def end(self) -> None:
        """Let time stand still from now on, whatever is begun."""
        self._ended = True
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _wait(self, key: Key) -> None:
        now_us = self._clock.now_us()
        # Timers go by another clock, and may be early by what it is beside this one.
        pause_s = (self._beats[key].after_us(now_us) - now_us) / _SECOND_US + _LATE_S
        self._timers[key] = asyncio.get_running_loop().call_later(pause_s, self._beat, key)

    def _beat(self, key: Key) -> None:
        del self._timers[key]
        if not self._tick.is_awake(*key):
            return
        beats = self._beats[key]
        if self._stored_us(key) < self._clock.now_us() - beats.period_us // 2:
            self._tick.beat(*key, beats)
        self._wait(key)
