"""Whose turn it is in a worker, by time used: no tenant and no world waits for one other alone."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from math import inf
from time import monotonic
from typing import Final, Generic, TypeVar

K = TypeVar("K")
Key = tuple[str, str]
# Of a tenant's time, what worlds where somebody is may use for each part of those where nobody is.
_PLAYED: Final = 4.0
_STEP_S: Final = 0.01
# A world where nobody is is folded on so long before another is begun: each takes room in memory.
_QUANTUM_S: Final = 0.5


class FairQueue(Generic[K]):
    """What waits comes in the order of what it has used, and nobody saves up for later.

    Between two turns of one that waits again, each other one uses at most the cost of the first of
    them and of a turn of its own. Where keys come without end, none of which was there before, each
    has to come a `step` behind: else those that were there would wait for all of them. One that
    goes on keeps its place until it has used a `quantum`.
    """

    def __init__(self, step: float = 0.0, quantum: float = 0.0) -> None:
        self._step = step
        self._quantum = quantum
        self._heap: list[tuple[float, int, K]] = []
        self._waiting: set[K] = set()
        self._numbers = count()
        # How far the one is whose turn it is, and those that are farther than that.
        self._now = 0.0
        self._used: dict[K, float] = {}
        self._number = 0
        self._spent: dict[K, float] = {}

    def __len__(self) -> int:
        return len(self._heap)

    def put(self, key: K) -> None:
        """Let a key wait for its turn, once."""
        if key in self._waiting:
            return
        self._waiting.add(key)
        start = max(self._used.get(key, self._now + self._step), self._now)
        heappush(self._heap, (start, next(self._numbers), key))

    def take(self) -> K:
        """Return the key whose turn it is; there has to be one."""
        self._now, self._number, key = heappop(self._heap)
        self._waiting.discard(key)
        return key

    def done(self, key: K, cost: float, *, again: bool) -> None:
        """Count what a key's turn has cost, and let it wait `again`."""
        cost += self._spent.pop(key, 0.0)
        if again and cost < self._quantum:
            self._spent[key] = cost
            self._waiting.add(key)
            heappush(self._heap, (self._now, self._number, key))
            return
        if self._heap:
            self._used[key] = self._now + cost
        else:
            self._used.clear()  # nobody waited for it
        if len(self._used) > 2 * len(self._heap) + 1:
            self._used = {k: used for k, used in self._used.items() if used > self._now}
        if again:
            self.put(key)


class Turns:
    """Tenants take turns, and in a tenant its worlds: first those in which somebody is.

    A world where nobody is, one of thousands that were just opened for instance, gets a fifth of
    its tenant's time at least.
    """

    def __init__(self) -> None:
        self._tenants: FairQueue[str] = FairQueue()
        self._bands: dict[str, FairQueue[bool]] = {}
        self._worlds: dict[tuple[str, bool], FairQueue[str]] = {}
        self._taken: tuple[str, bool, str] | None = None

    def __bool__(self) -> bool:
        return len(self._tenants) > 0

    def put(self, key: Key, *, played: bool) -> None:
        """Let a world wait for its turn; `played` says whether somebody is there."""
        tenant, world = key
        quantum = 0.0 if played else _QUANTUM_S
        self._worlds.setdefault((tenant, played), FairQueue(_STEP_S, quantum)).put(world)
        self._bands.setdefault(tenant, FairQueue()).put(played)
        self._tenants.put(tenant)

    def take(self) -> Key:
        """Return the world whose turn it is; there has to be one."""
        tenant = self._tenants.take()
        played = self._bands[tenant].take()
        world = self._worlds[tenant, played].take()
        self._taken = (tenant, played, world)
        return tenant, world

    def done(self, cost: float, *, again: bool) -> None:
        """Count what the turn has cost of the world that was taken, and let it wait `again`."""
        assert self._taken is not None
        tenant, played, world = self._taken
        worlds, bands = self._worlds[tenant, played], self._bands[tenant]
        worlds.done(world, cost, again=again)
        bands.done(played, cost / _PLAYED if played else cost, again=len(worlds) > 0)
        self._tenants.done(tenant, cost, again=len(bands) > 0)


class Turn:
    """The time that a world has before the next one is served."""

    def __init__(self, seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._began = inf

    def begin(self) -> None:
        """Let a turn begin now."""
        self._began = self._clock()

    def is_over(self) -> bool:
        """Say whether others are to be served; nobody waits where no turn has begun."""
        return self._clock() - self._began >= self._seconds

    def end(self) -> float:
        """End the turn; return how many seconds it lasted."""
        used, self._began = self._clock() - self._began, inf
        return used
